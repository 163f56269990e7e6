import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { BatchRenorm } from '../layers/batch-renorm.ts';
import { batchRows, statisticsOf, threeLayers } from '../testing/adaptation-reference.ts';
import { adaptBatchNorm, type AdaptationMethod } from './adapt-batch-norm.ts';

let model: tfl.LayersModel;
let batches: tf.Tensor2D[];
beforeEach(() => {
  model = threeLayers();
  batches = batchRows.map((rows) => tf.tensor2d(rows));
});
afterEach(() => {
  tf.dispose(batches);
  model.dispose();
});

describe('adaptBatchNorm refuses', () => {
  const refused = async (
    given: Parameters<typeof adaptBatchNorm>[1],
    options: Parameters<typeof adaptBatchNorm>[2],
    message: RegExp,
  ): Promise<void> => {
    const [before, tensors] = [statisticsOf(model), tf.memory().numTensors];
    await expect(adaptBatchNorm(model, given, options)).rejects.toThrow(message);
    expect(statisticsOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
  };

  it('no batches, and batches that come once only', async () => {
    await refused([], {}, /Pass 1 of 3 .* got 0 of them: give one or more/);
    await refused([], { method: 'one-pass' }, /Pass 1 of 1/);
    const once = batches.values();
    await refused(
      once,
      {},
      /Pass 2 of 3 .* got 0 of them where the first had 3: give an array, or a function/,
    );
  });

  it('a frozen layer, unless it is left out', async () => {
    model.getLayer('bn1').trainable = false;
    await refused(batches, {}, /"bn1" is frozen \(trainable is false, .*include/);
    await adaptBatchNorm(model, batches, { include: (name) => name !== 'bn1' });
    expect(model.getLayer('bn1').trainable).toBe(false);
    (model.getLayer('bn2') as BatchNorm).freezeStatistics = true;
    await refused(batches, { include: (name) => name === 'bn2' }, /"bn2" is frozen .*freezeStatistics true/);
  });

  it('a model without batch normalization, and an empty choice', async () => {
    await refused(batches, { include: () => false }, /"net" has 3 batch normalizations, of which 0/);
    const plain = tfl.sequential({
      layers: [tfl.layers.dense({ units: 2, inputShape: [3] })],
      name: 'plain',
    });
    await expect(adaptBatchNorm(plain, batches)).rejects.toThrow(/"plain" has 0 batch normalizations/);
    plain.dispose();
  });

  it('a layer that is applied twice', async () => {
    const input = tfl.input({ shape: [3] });
    const shared = new BatchNorm({ name: 'shared' });
    const once = shared.apply(input) as tfl.SymbolicTensor;
    const twice = tfl.model({ inputs: input, outputs: shared.apply(once) as tfl.SymbolicTensor });
    await expect(adaptBatchNorm(twice, batches)).rejects.toThrow(/"shared" is applied 2 times/);
    twice.dispose();
  });

  it.each(['one-pass', 'moving-average'] as AdaptationMethod[])('single values with %s', async (method) => {
    const single = tf.ones([1, 3]);
    await refused(
      [single],
      { method },
      /"bn0" got a batch of shape \[1, 4\], one value per channel.*'exact'/,
    );
    single.dispose();
  });

  it('statistics that are not finite', async () => {
    const broken = tf.tensor2d([[1, 2, NaN]]);
    await refused([broken], {}, /statistics of layer "bn0" that are not finite/);
    broken.dispose();
  });

  it('shares outside 0 to 1, and a batchShare without a moving average', async () => {
    await refused(batches, { alpha: 1.5 }, /alpha 1.5: use a number from 0 to 1/);
    await refused(batches, { method: 'moving-average', batchShare: -1 }, /batchShare -1/);
    await refused(batches, { batchShare: 0.5 }, /batchShare with method 'exact'.*'moving-average'/);
  });

  it('statistics of another kind than a running mean and variance, unless they are left out', async () => {
    const mixed = tfl.sequential({
      layers: [new BatchRenorm({ name: 'renorm', inputShape: [3] }), new BatchNorm({ name: 'bn' })],
    });
    await expect(adaptBatchNorm(mixed, batches)).rejects.toThrow(
      /"renorm" is a BatchRenorm, whose statistics/,
    );
    const shifts = await adaptBatchNorm(mixed, batches, { include: (name) => name === 'bn' });
    expect([...shifts.keys()]).toEqual(['bn']);
    mixed.dispose();
  });
});
