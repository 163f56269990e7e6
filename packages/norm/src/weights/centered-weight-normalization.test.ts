import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import {
  centeredWeightNormalize,
  CenteredWeightNormalization,
  type CenteredWeightNormalizationVariant,
} from './centered-weight-normalization.ts';
import { convolutionFilters } from './filter-layout.ts';
import { parametricWeightStandardize } from './parametric-weight-standardization.ts';
import { NFNET_RELU_GAIN, scaledWeightStandardize } from './scaled-weight-standardization.ts';
import { weightAlign } from './weight-align.ts';

const variants = ['pytorch', 'lua'] as const;

describe('centeredWeightNormalize', () => {
  it('gives the golden values of the PyTorch program, its default', () => {
    const y = centeredWeightNormalize(goldenKernel(), null);
    const values = elementsAt(y, [
      [0, 0, 0, 0],
      [1, 2, 1, 2],
      [2, 2, 1, 3],
    ]);
    expect(largestDifference(values, [-0.3848059, 0.5181749, -0.3786166])).toBeLessThan(1.5e-7);
    expect(tf.sum(tf.square(y), [0, 1, 2]).dataSync()[0]).toBeCloseTo(1.99938, 5);
  });

  it.each(variants.flatMap((variant) => kernelKinds.map((kind) => ({ variant, ...kind }))))(
    'is its formula in float64: $variant, $kind',
    ({ variant, shape, axes, filters }) => {
      const kernel = tf.randomNormal([...shape], 0.4, 0.1, 'float32', 1);
      const gamma = tf.linspace(-1, 2, filters);
      const scales = gamma.dataSync();
      const [epsilon, scale] = variant === 'pytorch' ? [1e-5, 1.414] : [0, 1];
      const reference = (factor: (index: number) => number): Float64Array =>
        mapFilters(kernel, filters, ({ w, mean, index }) => {
          const norm = Math.hypot(...w.map((v) => v - mean)) + epsilon;
          return w.map((v) => (factor(index) * (v - mean)) / norm);
        });
      const fixed = centeredWeightNormalize(kernel, null, { variant, axes });
      const learned = centeredWeightNormalize(kernel, gamma, { variant, axes });
      expect(
        largestDifference(
          fixed.dataSync(),
          reference(() => scale),
        ),
      ).toBeLessThan(2e-6);
      const wanted = reference((index) => scales[index] ?? NaN);
      expect(largestDifference(learned.dataSync(), wanted)).toBeLessThan(2e-6);
    },
  );

  it.each(variants)('has the right gradients: %s', (variant) => {
    const checks = checkGradients(
      (w, gamma) => centeredWeightNormalize(w, gamma as tf.Tensor1D, { variant }),
      [goldenKernel(), tf.tensor1d([1, -2, 0.5, 3])],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('has the Torch program’s gradient dw = (G − ŵ·Σ(Gŵ) − mean G) / ||w − μ||', () => {
    const kernel = goldenKernel();
    const upstream = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 4], 0, 1, 'float32', 3);
    const normalize = (w: tf.Tensor): tf.Tensor => centeredWeightNormalize(w, null, { variant: 'lua' });
    const gradient = tf.grad((w) => tf.sum(tf.mul(normalize(w), upstream)))(kernel);
    const axes = [0, 1, 2];
    const unit = normalize(kernel);
    const centred = tf.sub(kernel, tf.mean(kernel, axes));
    const along = tf.mul(unit, tf.sum(tf.mul(upstream, unit), axes));
    const direct = tf.sub(tf.sub(upstream, along), tf.mean(upstream, axes));
    const wanted = tf.div(direct, tf.sqrt(tf.sum(tf.square(centred), axes)));
    expect(largestDifference(gradient.dataSync(), wanted.dataSync())).toBeLessThan(3e-6);
  });

  it('is WeightAlign and Parametric Weights Standardization by fan-in, but for the factor sqrt(2), at ε = 0', () => {
    const kernel = goldenKernel();
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const lengthened: tf.Tensor1D = tf.mul(gamma, Math.SQRT2);
    const centred = centeredWeightNormalize(kernel, lengthened, { variant: 'lua' }).dataSync();
    const aligned = weightAlign(kernel, gamma, { epsilon: 0 }).dataSync();
    const parametric = parametricWeightStandardize(kernel, gamma, { fan: 18, epsilon: 0 }).dataSync();
    expect(largestDifference(centred, aligned)).toBeLessThan(1e-6);
    expect(largestDifference(parametric, aligned)).toBeLessThan(1e-6);
  });

  it('is Scaled Weight Standardization, which with its ReLU constant is 1.21195 times WeightAlign', () => {
    const kernel = goldenKernel();
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const centred = centeredWeightNormalize(kernel, gamma, { variant: 'lua' }).dataSync();
    expect(largestDifference(scaledWeightStandardize(kernel, gamma).dataSync(), centred)).toBeLessThan(1e-6);
    const ratio = tf.div(
      scaledWeightStandardize(kernel, gamma, { factor: NFNET_RELU_GAIN }),
      weightAlign(kernel, gamma, { epsilon: 0 }),
    );
    const { mean, variance } = tf.moments(ratio);
    expect(mean.dataSync()[0]).toBeCloseTo(1.21195, 4);
    expect(variance.dataSync()[0]).toBeLessThan(1e-9);
  });
});

describe('CenteredWeightNormalization', () => {
  it.each([
    { variant: 'pytorch', scale: 1.414 },
    { variant: 'lua', scale: 1 },
  ] as const)('learns its factor from $scale on only if told to: $variant', ({ variant, scale }) => {
    const layout = convolutionFilters([3, 3, 2, 4]);
    expect(new CenteredWeightNormalization({ variant }).weights(layout)).toEqual([]);
    const [weight, ...none] = new CenteredWeightNormalization({ variant, adjustScale: true }).weights(layout);
    expect([weight?.name, weight?.shape, none]).toEqual(['gamma', [4], []]);
    const initial = weight?.initializer.apply([4]).dataSync() ?? [];
    expect(largestDifference(initial, [scale, scale, scale, scale])).toBeLessThan(1e-6);
  });

  it('names the variants when it does not know one', () => {
    const variant = 'caffe' as CenteredWeightNormalizationVariant;
    expect(() => new CenteredWeightNormalization({ variant })).toThrow(/no variant "caffe".*pytorch, lua/);
  });
});
