import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { gradientNorms, probeGradients } from './gradient-probe.ts';
import { recipes, stateOf, tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

afterEach(() => {
  tf.disposeVariables();
});

/** logits = x W for images of one pixel, W = [[3, 0], [0, 4]]. */
function linearModel(): tfl.LayersModel {
  const image = tfl.input({ shape: [1, 1, 2] });
  const flat = tfl.layers.flatten().apply(image);
  const fc = tfl.layers.dense({ units: 2, useBias: false, name: 'fc' });
  const model = tfl.model({ inputs: image, outputs: fc.apply(flat) as tfl.SymbolicTensor });
  fc.setWeights([
    tf.tensor2d([
      [3, 0],
      [0, 4],
    ]),
  ]);
  return model;
}

describe('probed gradients', () => {
  it('are xᵀ(p − t), by hand', async () => {
    const model = linearModel();
    const images = tf.tensor4d([1, 0], [1, 1, 1, 2]);
    const labels = tf.tensor1d([1], 'int32');
    const probed = probeGradients(model, [{ images, labels }]);
    // p = softmax(3, 0), t = (0, 1): the gradient is (p0, −p0) in the first row.
    const p = 1 / (1 + Math.exp(-3));
    const [gradient] = Object.values(probed.byVariable);
    const values = [...(gradient?.dataSync() ?? [])];
    [p, -p, 0, 0].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
    expect(probed.loss.dataSync()[0]).toBeCloseTo(-Math.log(1 - p), 5);
    const [norm] = await gradientNorms(model, probed);
    expect(norm).toMatchObject({ layer: 'fc', kind: 'dense' });
    expect(norm?.norm).toBeCloseTo(p * Math.SQRT2, 5);
    expect(norm?.relative).toBeCloseTo((p * Math.SQRT2) / 5, 5);
  });

  it('of two batches are those of all their images, where no statistics of the batch are used', () => {
    const model = tinyNetwork('wa+gn');
    const [a, b] = [tinyBatch(1, 1), tinyBatch(3, 2)];
    const both = {
      images: tf.concat([a.images, b.images]),
      labels: tf.concat([a.labels, b.labels]),
    };
    const [apart, together] = [probeGradients(model, [a, b]), probeGradients(model, [both])];
    expect(Object.keys(apart.byVariable)).toEqual(Object.keys(together.byVariable));
    for (const [name, gradient] of Object.entries(together.byVariable)) {
      const difference = tf.norm(tf.sub(gradient, apart.byVariable[name] as tf.Tensor)).dataSync()[0];
      expect(difference).toBeLessThan(1e-5);
    }
  });

  it('stand in the order of depth, for what is trained', async () => {
    const model = tinyNetwork('bn');
    model.getLayer('conv1').trainable = false;
    const batch = tinyBatch(2, 1);
    const probed = probeGradients(model, [batch]);
    const names = (await gradientNorms(model, probed)).map(({ layer }) => layer);
    expect(names).toEqual(['conv2', 'fc']);
  });

  it.each(recipes)('of %s leave the model as it was, and no tensors', async (recipe) => {
    const model = tinyNetwork(recipe);
    const batches = [tinyBatch(2, 1), tinyBatch(2, 2)];
    const before = stateOf(model);
    const left = await tensorsLeftBy(async () => {
      const probed = probeGradients(model, batches);
      await gradientNorms(model, probed);
      probed.dispose();
    });
    expect(left).toBe(0);
    expect(stateOf(model)).toEqual(before);
  });

  it('are asked of logits alone, and of a batch', () => {
    const model = tinyNetwork('gn');
    const two = tfl.model({
      inputs: model.inputs,
      outputs: [model.getLayer('mean').output as tfl.SymbolicTensor, ...model.outputs],
    });
    expect(() => probeGradients(two, [tinyBatch(2, 1)])).toThrow(
      /2 outputs of shape .*only output are logits/,
    );
    expect(() => probeGradients(model, [])).toThrow(/at least one micro-batch/);
  });
});
