import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import {
  WeightStandardization,
  weightStandardize,
  type WeightStandardizationVariant,
} from './weight-standardization.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 1, 2],
  [2, 2, 1, 3],
];
const golden: { variant: WeightStandardizationVariant; values: number[]; squares: number }[] = [
  { variant: 'pytorch', values: [-1.1220479, 1.5109352, -1.104], squares: 16.999452 },
  { variant: 'tensorflow', values: [-1.1545773, 1.5547387, -1.1360061], squares: 17.999402 },
  { variant: 'bcn-imagenet', values: [-1.1220514, 1.5109391, -1.1040029], squares: 16.999558 },
  // At the golden kernel's variance of 0.3, ε = 1e-10 changes nothing: WeightAlign at ε = 0 times sqrt(n/2) = 3.
  { variant: 'google', values: [-1.1545965, 1.5547659, -1.1360259], squares: 18 },
  { variant: 'timm', values: [-1.1545948, 1.5547635, -1.1360242], squares: 17.99995 },
];

describe('weightStandardize', () => {
  it.each(golden)('gives the golden values of $variant', ({ variant, values, squares }) => {
    const standardized = weightStandardize(goldenKernel(), { variant });
    expect(largestDifference(elementsAt(standardized, probes), values)).toBeLessThan(4e-7);
    expect(tf.sum(tf.square(standardized), [0, 1, 2]).dataSync()[0]).toBeCloseTo(squares, 4);
  });

  it('is the authors’ PyTorch variant unless told otherwise', () => {
    const kernel = goldenKernel();
    expect(weightStandardize(kernel).dataSync()).toEqual(
      weightStandardize(kernel, { variant: 'pytorch' }).dataSync(),
    );
  });

  it.each(golden)('has the right gradient, which sums to 0 in every filter: $variant', ({ variant }) => {
    const kernel = goldenKernel();
    const standardize = (w: tf.Tensor): tf.Tensor => weightStandardize(w, { variant });
    expect(worstGradientError(checkGradients(standardize, [kernel]))).toBeLessThan(3e-3);
    const upstream = tf.randomNormal(kernel.shape, 0, 1, 'float32', 3);
    const gradient = tf.grad((w) => tf.sum(tf.mul(standardize(w), upstream)))(kernel);
    expect(largestDifference(tf.sum(gradient, [0, 1, 2]).dataSync(), [0, 0, 0, 0])).toBeLessThan(2e-5);
  });

  it('names the variants when it does not know one', () => {
    const variant = 'keras' as WeightStandardizationVariant;
    expect(() => new WeightStandardization({ variant })).toThrow(/no variant "keras".*pytorch, tensorflow/);
    expect(() => weightStandardize(goldenKernel(), { variant })).toThrow(/no variant "keras"/);
  });

  it('refuses the unbiased variance of a single weight', () => {
    expect(() => weightStandardize(tf.ones([1, 1, 1, 4]))).toThrow(/single weight/);
  });
});
