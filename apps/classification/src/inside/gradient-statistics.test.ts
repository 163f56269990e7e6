import { BatchNorm, GroupNorm } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import type { LabelledBatch } from './gradient-probe.ts';
import { BATCH_STATISTICS, gradientStatistics } from './gradient-statistics.ts';
import { recipes, stateOf, tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

afterEach(() => {
  tf.disposeVariables();
});

/** [N,2,1,2] → a normalization → the mean over the two positions → 2 logits. */
function normAndMean(norm: tfl.layers.Layer): tfl.LayersModel {
  const image = tfl.input({ shape: [2, 1, 2] });
  const pooled = tfl.layers.globalAveragePooling2d({ name: 'mean' }).apply(norm.apply(image));
  return tfl.model({ inputs: image, outputs: pooled as tfl.SymbolicTensor });
}

/** Two images of two positions and two channels. */
const batchOf = (values: number[], labels: number[]): LabelledBatch => ({
  images: tf.tensor4d(values, [2, 2, 1, 2]),
  labels: tf.tensor1d(labels, 'int32'),
});

/** By hand: unbiased deviation of two values, over their root mean square. */
const noiseOfTwo = (a: number, b: number): number =>
  Math.abs(a - b) / Math.SQRT2 / Math.sqrt((a * a + b * b) / 2);

describe('the noise of batch statistics', () => {
  it('is that of the means and variances of what is normalized, by hand', async () => {
    const model = normAndMean(new GroupNorm({ groups: 1, name: 'norm' }));
    // Channel means 2 and 0, then 4 and 0; variances 5 and 0, then 1 and 0.
    const batches = [batchOf([0, 0, 4, 0, 5, 0, -1, 0], [0, 1]), batchOf([3, 0, 5, 0, 3, 0, 5, 0], [0, 1])];
    const { batchSize, batches: count, layers } = await gradientStatistics(model, batches);
    expect([batchSize, count, layers.length]).toEqual([2, 2, 1]);
    const [layer] = layers;
    expect(layer?.layer).toBe('norm');
    // The second channel is 0 in both batches, and has no noise.
    expect(layer?.mean.noise).toBeCloseTo(noiseOfTwo(2, 4), 5);
    expect(layer?.mean.deviation).toBeCloseTo(Math.sqrt((2 + 0) / 2), 5);
    expect(layer?.mean.size).toBeCloseTo(Math.sqrt((10 + 0) / 2), 5);
    expect(layer?.variance.noise).toBeCloseTo(noiseOfTwo(6.5, 1), 5);
  });

  it('is that of mean(dL/dy) and mean(dL/dy · x̂), L the sum over the images', async () => {
    const model = normAndMean(new BatchNorm({ name: 'norm' }));
    const batches = [batchOf([0, 1, 4, -2, 5, 0, -1, 2], [0, 1]), batchOf([3, 2, 5, 2, 1, -4, 0, 1], [1, 1])];
    // y = x̂, and dL/dy of an image's every position is (softmax(mean y) − t) / 2.
    const statistics = batches.map(({ images, labels }) =>
      tf.tidy(() => {
        const { mean, variance } = tf.moments(images, [0, 1, 2]);
        const y = tf.div(tf.sub(images, mean), tf.sqrt(tf.add(variance, 1e-5)));
        const error = tf.sub(tf.softmax(tf.mean(y, [1, 2])), tf.oneHot(labels, 2));
        const slope = tf.mul(tf.reshape(tf.div(error, 2), [2, 1, 1, 2]), tf.onesLike(y));
        return [slope, tf.mul(slope, y)].map((x) => tf.mean(x, [0, 1, 2]).arraySync() as number[]);
      }),
    );
    const { layers } = await gradientStatistics(model, batches);
    for (const [i, name] of (['gradient', 'gradientProduct'] as const).entries()) {
      const [a, b] = statistics.map((both) => both[i] ?? []);
      const noise = [0, 1].map((c) => noiseOfTwo(a?.[c] ?? NaN, b?.[c] ?? NaN));
      expect(layers[0]?.[name].noise).toBeCloseTo(((noise[0] ?? NaN) + (noise[1] ?? NaN)) / 2, 4);
      const squares = [...(a ?? []), ...(b ?? [])].map((value) => value ** 2);
      const size = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / 4);
      expect(layers[0]?.[name].size).toBeCloseTo(size, 5);
    }
  });

  it('is none where all batches are the same', async () => {
    const batch = tinyBatch(3, 1);
    for (const layer of (await gradientStatistics(tinyNetwork('bn'), [batch, batch])).layers)
      for (const name of BATCH_STATISTICS) expect(layer[name].noise).toBeLessThan(1e-5);
  });

  it('shrinks as batches grow', async () => {
    const deviations = await Promise.all(
      [2, 16].map(async (size) => {
        const batches = Array.from({ length: 8 }, (_, i) => tinyBatch(size, 10 * size + i));
        return (await gradientStatistics(tinyNetwork('bn'), batches)).layers;
      }),
    );
    const [small, large] = deviations;
    small?.forEach((layer, i) => {
      for (const name of BATCH_STATISTICS)
        expect(layer[name].deviation).toBeGreaterThan(1.3 * (large?.[i]?.[name].deviation ?? NaN));
    });
  });

  it.each(recipes)('of %s leaves the model as it was, and no tensors', async (recipe) => {
    const model = tinyNetwork(recipe);
    const batches = [tinyBatch(2, 1), tinyBatch(2, 2)];
    const before = stateOf(model);
    expect(await tensorsLeftBy(() => gradientStatistics(model, batches))).toBe(0);
    expect(stateOf(model)).toEqual(before);
    const { layers } = await gradientStatistics(model, batches);
    const hasNorms = !['wa', 'pws', 'none'].includes(recipe);
    expect(layers.map(({ layer }) => layer)).toEqual(hasNorms ? ['bn1', 'bn2'] : []);
  });

  it('refuses one batch, and batches of different sizes', async () => {
    const model = tinyNetwork('bn');
    await expect(gradientStatistics(model, [])).rejects.toThrow(/of 0 batches of no images/);
    await expect(gradientStatistics(model, [tinyBatch(2, 1)])).rejects.toThrow(/1 batches of 2 images/);
    const uneven = [tinyBatch(2, 1), tinyBatch(3, 1)];
    await expect(gradientStatistics(model, uneven)).rejects.toThrow(
      /2 and 3 images: give two or more batches of one/,
    );
  });
});
