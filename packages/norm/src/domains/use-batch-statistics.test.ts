import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { BatchRenorm } from '../layers/batch-renorm.ts';
import { BatchChannelNorm } from '../layers/batch-channel-norm.ts';
import { EvoNormB0 } from '../layers/evo-norm.ts';
import { GroupNorm, instanceNormalization } from '../layers/group-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';
import { largestDifference } from '../testing/golden.ts';
import { layerGradientErrors } from '../testing/layer-gradients.ts';
import { subjects } from '../testing/subjects/index.ts';
import { adaptBatchNorm } from './adapt-batch-norm.ts';
import { useBatchStatistics } from './use-batch-statistics.ts';

const CHANNELS = 7;
const images = (count: number, seed = 11): tf.Tensor4D =>
  tf.randomNormal([count, 3, 3, CHANNELS], 0.3, 1.5, 'float32', seed);
const modelOf = (...layers: tfl.layers.Layer[]): tfl.LayersModel => {
  const input = tfl.input({ shape: [null, null, CHANNELS] });
  const output = layers.reduce((x, layer) => layer.apply(x) as tfl.SymbolicTensor, input);
  const model = tfl.model({ inputs: input, outputs: output, name: 'net' });
  model.setWeights(model.getWeights().map((w) => tf.add(w, tf.randomUniform(w.shape, 0, 0.5, 'float32', 5))));
  return model;
};
const infer = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor => model.predict(x) as tf.Tensor;
const valuesOf = (model: tfl.LayersModel): Float32Array[] =>
  model.getWeights().map((weight) => weight.dataSync().slice() as Float32Array);

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
  vi.restoreAllMocks();
});

const batchSubjects = subjects.filter(
  ({ state, needsTwoDomains }) => state.length > 0 && needsTwoDomains === undefined,
);

describe.each(batchSubjects)('$title by the batch', ({ make }) => {
  it('infers by the batch alone: whatever its state is, which it leaves alone', () => {
    const layer = make('subject');
    const model = modelOf(layer);
    const x = images(4);
    const byAverages = infer(model, x).dataSync();
    expect(useBatchStatistics(model, true)).toEqual(['subject']);
    const before = valuesOf(model);
    const byBatch = infer(model, x).dataSync();
    expect(valuesOf(model)).toEqual(before);
    expect(largestDifference(byBatch, byAverages)).toBeGreaterThan(0.05);
    // Another state, and a frozen layer: the same function.
    tf.tidy(() => {
      for (const weight of layer.nonTrainableWeights) weight.write(tf.add(tf.mul(weight.read(), 3), 1));
    });
    layer.trainable = false;
    expect(infer(model, x).dataSync()).toEqual(byBatch);
    expect(useBatchStatistics(model, false)).toEqual(['subject']);
    layer.trainable = true;
    model.setWeights(before.map((values, i) => tf.tensor(values, model.getWeights()[i]?.shape)));
    expect(infer(model, x).dataSync()).toEqual(byAverages);
  });
});

describe('useBatchStatistics', () => {
  it('is the training function of batch normalization, and trains on as before', () => {
    const layer = new BatchNorm({ name: 'bn' });
    const model = modelOf(layer);
    const x = images(3);
    useBatchStatistics(model, true);
    const inferred = infer(model, x).dataSync();
    const before = valuesOf(model);
    expect((model.apply(x, { training: true }) as tf.Tensor).dataSync()).toEqual(inferred);
    expect(valuesOf(model)).not.toEqual(before);
    expect(layer.getConfig()).not.toHaveProperty('inferByBatch');
  });

  it.each([
    ['BatchNorm', new BatchNorm({ name: 'bn' })],
    ['BatchRenorm', new BatchRenorm({ name: 'brn', rMax: 3, dMax: 5 })],
    ['BatchChannelNorm', new BatchChannelNorm({ name: 'bcn', groups: 1 })],
    ['EvoNormB0', new EvoNormB0({ name: 'evo' })],
  ])('lets the gradient pass through the batch’s statistics: %s', (_, layer) => {
    useBatchStatistics(modelOf(layer), true);
    const inference = vi.spyOn(layer, 'apply');
    const apply = tfl.layers.Layer.prototype.apply.bind(layer);
    inference.mockImplementation((x) => apply(x, { training: false }));
    for (const [name, error] of Object.entries(layerGradientErrors(layer, images(2)))) {
      expect(error, name).toBeLessThan(1e-2);
    }
  });

  it('leaves normalizations of single images as they are, and says that nothing has batch statistics', () => {
    const model = modelOf(
      new GroupNorm({ name: 'gn', groups: 7 }),
      instanceNormalization({ name: 'in' }),
      new EvoNormB0({ name: 'evo', nonlinearity: false }),
    );
    const x = images(3);
    const before = infer(model, x).dataSync();
    expect(useBatchStatistics(model, true)).toEqual([]);
    expect(infer(model, x).dataSync()).toEqual(before);
  });

  it('names itself where a batch has one value per channel', () => {
    const model = modelOf(new BatchNorm({ name: 'bn' }));
    useBatchStatistics(model, true);
    expect(() => infer(model, tf.ones([1, 1, 1, CHANNELS]))).toThrow(
      /BatchNorm "bn" \(by useBatchStatistics as in training\) got an input of shape \[1, 1, 1, 7\]/,
    );
  });

  it('refuses layers that have no inference by the batch, before it changes anything', () => {
    const first = new BatchNorm({ name: 'bn' });
    expect(() => useBatchStatistics(modelOf(first, new TransNorm({ name: 'tn' })), true)).toThrow(
      /^Layer "tn" is a TransNorm, which cannot infer by the statistics of the batch: use batch normalization in its/,
    );
    expect(first.inferByBatch).toBe(false);
    const stock = modelOf(tfl.layers.batchNormalization({ name: 'stock' }));
    expect(() => useBatchStatistics(stock, true)).toThrow(
      /^Layer "stock" is a BatchNormalization, .*toDomainSpecific/,
    );
    expect(useBatchStatistics(stock, false)).toEqual([]);
  });

  it('and adaptBatchNorm exclude each other', async () => {
    const model = modelOf(new BatchNorm({ name: 'bn' }));
    useBatchStatistics(model, true);
    await expect(adaptBatchNorm(model, [images(2)])).rejects.toThrow(
      /Layer "bn" infers by the batch .*: call useBatchStatistics with false first/,
    );
  });
});
