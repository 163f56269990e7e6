import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { effectiveLearningRates } from './effective-learning-rate.ts';
import { kernelsOf } from './kernels.ts';
import { leavingUnchanged } from './unchanged.ts';
import { recipes, tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

afterEach(() => {
  tf.disposeVariables();
});

const kernelOf = (model: tfl.LayersModel, layer: string): tf.Variable => {
  const kernel = kernelsOf(model).find(({ name }) => name === layer);
  if (kernel === undefined) throw new Error(`no kernel in ${layer}`);
  return kernel.raw;
};

/** How far the logits move, relative to themselves, when one filter of `layer` grows four times as long. */
function changeByScale(model: tfl.LayersModel, layer: string): number {
  const { images } = tinyBatch(4, 1);
  const kernel = kernelOf(model, layer);
  const scale = tf.tensor1d([4, 1, 1, 1]);
  const logits = (): tf.Tensor =>
    leavingUnchanged(model, () => model.apply(images, { training: true }) as tf.Tensor);
  const before = logits();
  kernel.assign(tf.mul(kernel, scale));
  return (tf.norm(tf.sub(logits(), before)).dataSync()[0] ?? NaN) / (tf.norm(before).dataSync()[0] ?? NaN);
}

describe('effective learning rates', () => {
  it('are η/‖w‖², in quartiles over the filters', async () => {
    const model = tinyNetwork('wa');
    const lengths = tf.tensor1d([1, 2, 3, 4]);
    // [3, 3, 2, 4]: one weight of each filter is its length.
    const kernel = tf.concat([tf.reshape(lengths, [1, 4]), tf.zeros([17, 4])]);
    kernelOf(model, 'conv1').assign(tf.reshape(kernel, [3, 3, 2, 4]));
    const { layers, allFilters } = await effectiveLearningRates(model, 0.36);
    // 0.36, 0.09, 0.04, 0.0225.
    const [first] = layers;
    expect(first).toMatchObject({ layer: 'conv1', isInvariant: true });
    expect(first?.lower).toBeCloseTo(0.04 - 0.25 * 0.0175, 6);
    expect(first?.median).toBeCloseTo(0.065, 6);
    expect(first?.upper).toBeCloseTo(0.09 + 0.25 * 0.27, 6);
    expect(allFilters?.median).toBeGreaterThan(0);
  });

  it('are the plain rate where a filter’s scale counts', async () => {
    for (const recipe of ['none', 'gn']) {
      const { layers, allFilters } = await effectiveLearningRates(tinyNetwork(recipe), 0.1);
      const plain = { isInvariant: false, lower: 0.1, median: 0.1, upper: 0.1 };
      expect(layers).toEqual(['conv1', 'conv2'].map((layer) => ({ layer, ...plain })));
      expect(allFilters).toBeNull();
    }
  });

  const others = recipes.filter((recipe) => recipe !== 'bkn');

  it.each([...others, 'ws+gn', 'wn', 'in', 'brn', 'frn', 'wc+gn', 'evob0', 'evos0', 'ln'])(
    'know of %s whether the scale of a filter has an effect',
    async (recipe) => {
      const model = tinyNetwork(recipe);
      const { layers } = await effectiveLearningRates(model, 0.1);
      for (const { layer, isInvariant } of layers) {
        const change = changeByScale(tinyNetwork(recipe), layer);
        if (isInvariant) expect(change).toBeLessThan(1e-2);
        else expect(change).toBeGreaterThan(2e-2);
      }
    },
  );

  it('know that the moments which Kalman normalization hands on tell of the scale, but for the consistent ones', async () => {
    for (const prediction of ['reference', 'consistent'] as const) {
      const network = (): tfl.LayersModel => tinyNetwork('bkn', { kalman: { prediction } });
      const { layers } = await effectiveLearningRates(network(), 0.1);
      const isInvariant = prediction === 'consistent';
      expect(layers[0]).toMatchObject({ layer: 'conv1', isInvariant });
      const change = changeByScale(network(), 'conv1');
      if (isInvariant) expect(change).toBeLessThan(1e-2);
      else expect(change).toBeGreaterThan(0.1);
    }
  });

  it('leave out what is frozen, and leave no tensors', async () => {
    const model = tinyNetwork('bn');
    model.getLayer('conv1').trainable = false;
    const { layers } = await effectiveLearningRates(model, 0.1);
    expect(layers.map(({ layer }) => layer)).toEqual(['conv2']);
    expect(await tensorsLeftBy(() => effectiveLearningRates(model, 0.1))).toBe(0);
  });
});
