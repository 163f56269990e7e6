import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import { convolutionFilters } from './filter-layout.ts';
import {
  NFNET_RELU_GAIN,
  scaledWeightStandardize,
  ScaledWeightStandardization,
  type ScaledWeightStandardizationVariant,
} from './scaled-weight-standardization.ts';

const golden = [
  { variant: 'haiku', values: [-0.272141, 0.3664618, -0.2677639], squares: 1 },
  { variant: 'timm', values: [-0.2721406, 0.3664613, -0.2677635], squares: 0.999997 },
] as const;

describe('scaledWeightStandardize', () => {
  it.each(golden)('gives the golden values of $variant', ({ variant, values, squares }) => {
    const y = scaledWeightStandardize(goldenKernel(), null, { variant });
    const probes = [
      [0, 0, 0, 0],
      [1, 2, 1, 2],
      [2, 2, 1, 3],
    ];
    expect(largestDifference(elementsAt(y, probes), values)).toBeLessThan(1e-7);
    expect(tf.sum(tf.square(y), [0, 1, 2]).dataSync()[0]).toBeCloseTo(squares, 6);
  });

  it.each(golden.flatMap(({ variant }) => kernelKinds.map((kind) => ({ variant, ...kind }))))(
    'is its formula in float64, above and below the floor: $variant, $kind',
    ({ variant, shape, axes, filters }) => {
      // Standard deviations from 1e-4 on: the first filters are below the floor.
      const spread = tf.linspace(1e-4, 0.02, filters);
      const columns = tf.mul(
        tf.randomNormal([tf.util.sizeFromShape([...shape]) / filters, filters], 0, 1, 'float32', 1),
        spread,
      );
      const kernel = tf.reshape(tf.add(columns, tf.linspace(0, 1, filters)), [...shape]);
      const gamma = tf.linspace(-1, 2, filters);
      const gains = gamma.dataSync();
      const wanted = mapFilters(kernel, filters, ({ w, n, mean, biased, index }) => {
        const divisor =
          variant === 'haiku' ? Math.sqrt(Math.max(n * biased, 1e-4)) : Math.sqrt(n * (biased + 1e-6));
        return w.map((v) => ((gains[index] ?? NaN) * 1.5 * (v - mean)) / divisor);
      });
      const y = scaledWeightStandardize(kernel, gamma, { variant, factor: 1.5, axes });
      // The kernel itself is rounded to 6e-8 beside standard deviations of 1e-4 and more.
      expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(2e-5);
    },
  );

  it.each(golden)('has the right gradients: $variant', ({ variant }) => {
    const checks = checkGradients(
      (w, gamma) => scaledWeightStandardize(w, gamma as tf.Tensor1D, { variant }),
      [goldenKernel(), tf.tensor1d([1, -2, 0.5, 3])],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('is linear below the floor, and so is its gradient', () => {
    const kernel = tf.mul(goldenKernel(), 1e-4);
    const y = scaledWeightStandardize(kernel, null);
    const wanted = tf.mul(tf.sub(kernel, tf.mean(kernel, [0, 1, 2])), 100);
    expect(largestDifference(y.dataSync(), wanted.dataSync())).toBeLessThan(1e-7);
    const gradient = tf.grad((w) => tf.sum(tf.mul(scaledWeightStandardize(w, null), goldenKernel())))(kernel);
    const centred = tf.sub(goldenKernel(), tf.mean(goldenKernel(), [0, 1, 2]));
    expect(largestDifference(gradient.dataSync(), tf.mul(centred, 100).dataSync())).toBeLessThan(1e-3);
  });

  it('keeps the variance of rectified normal inputs with the ReLU constant', () => {
    const width = 512;
    const kernel = tf.randomNormal<tf.Rank.R4>([1, 1, width, width], 0, 0.02, 'float32', 1);
    const x = tf.relu(tf.randomNormal<tf.Rank.R4>([1, 16, 16, width], 0, 1, 'float32', 2));
    const y = tf.conv2d(x, scaledWeightStandardize(kernel, null, { factor: NFNET_RELU_GAIN }), 1, 'same');
    expect(tf.moments(y).variance.dataSync()[0]).toBeCloseTo(1, 1);
  });
});

describe('ScaledWeightStandardization', () => {
  it.each([
    { reluGain: false, factor: 1 },
    { reluGain: true, factor: 1.7139588594436646 },
    { reluGain: 1.5, factor: 1.5 },
  ])('multiplies its kernel by $factor with reluGain $reluGain', ({ reluGain, factor }) => {
    const kernel = goldenKernel();
    const normalizer = new ScaledWeightStandardization({ reluGain });
    const y = normalizer.normalize(kernel, [tf.ones([4])], convolutionFilters(kernel.shape));
    const wanted = tf.mul(scaledWeightStandardize(kernel, null), factor).dataSync();
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it('refuses an unknown variant and a factor that is not positive', () => {
    const variant = 'jax' as ScaledWeightStandardizationVariant;
    expect(() => new ScaledWeightStandardization({ variant })).toThrow(/no variant "jax".*haiku, timm/);
    expect(() => scaledWeightStandardize(goldenKernel(), null, { variant })).toThrow(/no variant "jax"/);
    expect(() => new ScaledWeightStandardization({ reluGain: 0 })).toThrow(
      /reluGain 0: use a positive number/,
    );
  });
});
