import { savedModelArtifacts, toStock } from '@plumbline/models';
import { parseRecipe } from '@plumbline/norm';
import { canRunSavedModels, loadSavedModel, tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFiles } from './export-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-saved-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Wire = (x: tfl.SymbolicTensor) => tfl.SymbolicTensor | tfl.SymbolicTensor[];

/** A network of stock layers with random weights on an image [8, 9, 4]. */
function stockModel(wire: Wire): tfl.LayersModel {
  const image = tfl.input({ shape: [8, 9, 4], name: 'image' });
  const outputs = wire(image);
  const model = tfl.model({ inputs: image, outputs });
  const moved = (weight: tf.Tensor, i: number): tf.Tensor =>
    tf.add(weight, tf.randomUniform(weight.shape, 0.1, 0.5, 'float32', i + 1));
  model.setWeights(model.getWeights().map(moved));
  return model;
}

const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
  layer.apply(x) as tfl.SymbolicTensor;

/** The largest difference between a model and its SavedModel, as a share of the largest value. */
async function difference(
  model: tfl.LayersModel,
  name: string,
  precision: 'float32' | 'float16' | 'uint8' = 'float32',
): Promise<number> {
  const path = join(folder, name);
  await writeFiles(path, savedModelArtifacts(model, { precision }));
  const saved = await loadSavedModel(path);
  const x = tf.randomNormal([2, 8, 9, 4], 0, 1, 'float32', 5);
  const wanted = model.predict(x) as tf.Tensor;
  const got = saved.predict(x, {}) as tf.Tensor;
  expect(got.shape).toEqual(wanted.shape);
  saved.dispose();
  return tf.div(tf.max(tf.abs(tf.sub(wanted, got))), tf.max(tf.abs(wanted))).dataSync()[0] ?? NaN;
}

// Only the native backend runs SavedModels; elsewhere the command refuses to write one.
describe.runIf(canRunSavedModels())('a SavedModel', () => {
  it.each<[string, Wire]>([
    [
      'Conv2D',
      (x) => apply(tfl.layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }), x),
    ],
    [
      'Conv2D without bias',
      (x) => apply(tfl.layers.conv2d({ filters: 3, kernelSize: 1, useBias: false }), x),
    ],
    [
      'Conv2D with dilation',
      (x) => apply(tfl.layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same' }), x),
    ],
    ['DepthwiseConv2D', (x) => apply(tfl.layers.depthwiseConv2d({ kernelSize: [3, 2], padding: 'same' }), x)],
    [
      'ZeroPadding2D',
      (x) =>
        apply(
          tfl.layers.zeroPadding2d({
            padding: [
              [1, 2],
              [3, 0],
            ],
          }),
          x,
        ),
    ],
    [
      'Cropping2D',
      (x) =>
        apply(
          tfl.layers.cropping2D({
            cropping: [
              [1, 2],
              [3, 0],
            ],
          }),
          x,
        ),
    ],
    ['UpSampling2D', (x) => apply(tfl.layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }), x)],
    ['UpSampling2D of neighbours', (x) => apply(tfl.layers.upSampling2d({ size: [2, 3] }), x)],
    ['MaxPooling2D', (x) => apply(tfl.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), x)],
    [
      'AveragePooling2D',
      (x) => apply(tfl.layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' }), x),
    ],
    ['GlobalAveragePooling2D', (x) => apply(tfl.layers.globalAveragePooling2d({}), x)],
    ['Reshape', (x) => apply(tfl.layers.reshape({ targetShape: [72, 2, 2] }), x)],
    [
      'LayerNormalization',
      (x) =>
        apply(tfl.layers.layerNormalization({ axis: [1, 3], epsilon: 0.1, center: false, scale: false }), x),
    ],
    ['BatchNormalization', (x) => apply(tfl.layers.batchNormalization({ epsilon: 0.1 }), x)],
    ['ReLU', (x) => apply(tfl.layers.reLU({}), x)],
    ['ReLU to 6', (x) => apply(tfl.layers.reLU({ maxValue: 6 }), x)],
    ['ReLU to 0.5', (x) => apply(tfl.layers.reLU({ maxValue: 0.5 }), x)],
    ['Add', (x) => apply(tfl.layers.add(), [x, x, apply(tfl.layers.reLU({}), x)])],
    ['Average', (x) => apply(tfl.layers.average(), [x, x, apply(tfl.layers.reLU({}), x)])],
    ['Concatenate', (x) => apply(tfl.layers.concatenate({ axis: 2 }), [x, apply(tfl.layers.reLU({}), x)])],
    ['Concatenate of channels', (x) => apply(tfl.layers.concatenate(), [x, apply(tfl.layers.reLU({}), x)])],
  ])('computes what %s does', async (name, wire) => {
    expect(await difference(stockModel(wire), name)).toBeLessThan(2e-6);
  });

  it.each([
    ['float16', 1e-6, 1e-3],
    ['uint8', 1e-5, 2e-2],
  ] as const)('decodes %s', async (precision, least, most) => {
    const model = stockModel((x) => apply(tfl.layers.conv2d({ filters: 6, kernelSize: 3 }), x));
    const found = await difference(model, precision, precision);
    expect(found).toBeGreaterThan(least);
    expect(found).toBeLessThan(most);
  });

  it('names its input and output', async () => {
    const path = join(folder, 'names');
    await writeFiles(path, savedModelArtifacts(stockModel((x) => apply(tfl.layers.reLU({}), x))));
    const saved = await loadSavedModel(path);
    expect(saved.inputs.map(({ name, dtype }) => ({ name, dtype }))).toEqual([
      { name: 'image', dtype: 'float32' },
    ]);
    expect(saved.outputs.map(({ name }) => name)).toEqual(['logits']);
    saved.dispose();
  });
});

describe('savedModelArtifacts', () => {
  it('refuses layers that are not stock, and options it does not write', () => {
    const recipe = parseRecipe('bn');
    const image = tfl.input({ shape: [4, 4, 3], name: 'image' });
    const model = tfl.model({
      inputs: image,
      outputs: apply(recipe.conv({ name: 'conv', filters: 2, kernelSize: 1 }), image),
    });
    expect(() => savedModelArtifacts(model)).toThrow(
      'Layer "conv" (NormConv2D) is no layer that a SavedModel is written from: apply toStock first.',
    );
    expect(savedModelArtifacts(toStock(model, { size: 4 })).map(({ name }) => name)).toEqual([
      'saved_model.pb',
    ]);
    const active = stockModel((x) =>
      apply(tfl.layers.conv2d({ name: 'active', filters: 1, kernelSize: 1, activation: 'relu' }), x),
    );
    expect(() => savedModelArtifacts(active)).toThrow(
      'Layer "active" (Conv2D) has activation relu, not linear.',
    );
    const scaled = stockModel((x) => apply(tfl.layers.layerNormalization({ name: 'scaled' }), x));
    expect(() => savedModelArtifacts(scaled)).toThrow(
      'Layer "scaled" (LayerNormalization) has a scale or an offset of its own.',
    );
    const centred = stockModel((x) =>
      apply(tfl.layers.batchNormalization({ name: 'centred', scale: false }), x),
    );
    expect(() => savedModelArtifacts(centred)).toThrow(
      'Layer "centred" (BatchNormalization) lacks its scale or its offset.',
    );
  });
});
