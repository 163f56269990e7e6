import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import { multilinearMap, RandomMaps, randomizedMultilinearMap } from './multilinear-map.ts';

const predictions = (count = 4): tf.Tensor2D => tf.softmax(goldenTensor('logitsSource', count));

describe('multilinearMap', () => {
  it('has the golden values, class-major', () => {
    const [first] = multilinearMap(goldenTensor('featuresSource'), predictions()).arraySync();
    // vec(p ⊗ f) of the first image, in float64.
    const golden = [0.150706, 0.162854, 0.025274, 0.28702, 0.310155, 0.048135, 0.403745, 0.436289, 0.067711];
    expect(first).toHaveLength(9);
    first?.forEach((value, i) => expect(value).toBeCloseTo(golden[i] ?? NaN, 5));
  });

  it('takes any number of features and classes', () => {
    const features = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const classes = tf.tensor2d([10, 20, 30, 40, 50, 60], [2, 3]);
    expect(multilinearMap(features, classes).arraySync()).toEqual([
      [10, 20, 20, 40, 30, 60],
      [120, 160, 150, 200, 180, 240],
    ]);
  });

  it('has the gradient of its value', () => {
    const map = (f: tf.Tensor, p: tf.Tensor): tf.Tensor => multilinearMap(f as tf.Tensor2D, p as tf.Tensor2D);
    const checks = checkGradients(map, [goldenTensor('featuresSource'), predictions()]);
    expect(worstGradientError(checks)).toBeLessThan(1e-3);
  });
});

describe('randomizedMultilinearMap', () => {
  it('is (f R_f ∘ p R_p) / √D', () => {
    const features = tf.tensor2d([[1, 2]]);
    const classes = tf.tensor2d([[0.25, 0.75]]);
    const ofFeatures = tf.tensor2d([1, -1, 2, 0, 3, 1, 1, 2], [2, 4]);
    const ofPredictions = tf.tensor2d([4, 0, 8, -4, 0, 4, 4, 8], [2, 4]);
    // f R_f = [7, 1, 4, 4], p R_p = [1, 3, 5, 5], √4 = 2.
    expect(randomizedMultilinearMap(features, classes, ofFeatures, ofPredictions).arraySync()).toEqual([
      [3.5, 1.5, 10, 10],
    ]);
  });

  it('keeps inner products of the exact map in expectation', () => {
    const maps = new RandomMaps(3, 3, 20_000, 5);
    const [f, p] = [goldenTensor('featuresSource'), predictions()];
    const gram = (h: tf.Tensor2D): number[] => [...tf.matMul(h, h, false, true).dataSync()];
    const exact = gram(multilinearMap(f, p));
    const randomized = gram(randomizedMultilinearMap(f, p, maps.ofFeatures, maps.ofPredictions));
    // Several standard errors of 20 000 products.
    randomized.forEach((value, i) => expect(Math.abs(value - (exact[i] ?? NaN))).toBeLessThan(0.06));
    expect(Math.max(...exact)).toBeGreaterThan(0.6);
    maps.dispose();
  });
});

describe('RandomMaps', () => {
  const drawn = (seed: number): number[] => {
    const maps = new RandomMaps(2, 3, 4, seed);
    const values = maps.state().flatMap(({ variable }) => [...variable.dataSync()]);
    maps.dispose();
    return values;
  };

  it('are a function of the seed, and independent of each other', () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
    expect(drawn(7).slice(0, 8)).not.toEqual(drawn(7).slice(8, 16));
  });

  it('are state that no optimizer changes, and are freed', () => {
    const before = tf.memory().numTensors;
    const maps = new RandomMaps(2, 3, 4, 1);
    expect(
      maps.state().map(({ name, trainable, variable }) => [name, trainable, variable.trainable]),
    ).toEqual([
      ['randomMapOfFeatures', false, false],
      ['randomMapOfPredictions', false, false],
    ]);
    expect(maps.ofFeatures.shape).toEqual([2, 4]);
    expect(maps.ofPredictions.shape).toEqual([3, 4]);
    maps.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
