import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import { convolutionFilters } from './filter-layout.ts';
import {
  parametricWeightStandardize,
  ParametricWeightStandardization,
  type FanMode,
} from './parametric-weight-standardization.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 1, 2],
  [2, 2, 1, 3],
];

describe('Parametric Weights Standardization', () => {
  it.each([
    {
      title: 'g = 1e-3',
      args: { epsilon: 1e-3 },
      values: [-0.3843363, 0.5174683, -0.3781002],
      squares: 1.994504,
    },
    {
      title: 'g = 0.1 · 2/fan',
      args: { equivalent: true },
      values: [-0.3791058, 0.5097068, -0.3724292],
      squares: 1.940586,
    },
  ])('gives the golden values of fan-in with $title', ({ args, values, squares }) => {
    const kernel = goldenKernel();
    const normalizer = new ParametricWeightStandardization(args);
    const y = normalizer.normalize(kernel, [tf.ones([4])], convolutionFilters(kernel.shape));
    expect(largestDifference(elementsAt(y, probes), values)).toBeLessThan(2e-7);
    expect(tf.sum(tf.square(y), [0, 1, 2]).dataSync()[0]).toBeCloseTo(squares, 5);
  });

  it.each(kernelKinds)('is its formula in float64 for $kind kernels', ({ shape, axes, filters }) => {
    const kernel = tf.randomNormal([...shape], 0.4, 0.1, 'float32', 1);
    const gamma = tf.linspace(-1, 2, filters);
    const y = parametricWeightStandardize(kernel, gamma, { fan: 30, epsilon: 1e-3, axes });
    const alpha = gamma.dataSync();
    const wanted = mapFilters(kernel, filters, ({ w, mean, biased, index }) =>
      w.map((v) => (Math.sqrt(2 / 30) * (alpha[index] ?? NaN) * (v - mean)) / Math.sqrt(biased + 1e-3)),
    );
    expect(y.shape).toEqual(shape);
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(2e-6);
  });

  it.each([
    { fanMode: 'fanIn', fan: 3 * 3 * 2 },
    { fanMode: 'fanOut', fan: 3 * 3 * 4 },
  ] as const)(
    'counts $fan connections of a 3×3 convolution from 2 to 4 channels as $fanMode',
    ({ fanMode, fan }) => {
      const kernel = goldenKernel();
      const layout = convolutionFilters(kernel.shape);
      for (const equivalent of [false, true]) {
        const normalizer = new ParametricWeightStandardization({ fanMode, equivalent, epsilon: 0.05 });
        const y = normalizer.normalize(kernel, [tf.ones([4])], layout);
        const epsilon = equivalent ? (0.05 * 2) / fan : 0.05;
        const wanted = parametricWeightStandardize(kernel, null, { fan, epsilon });
        expect(largestDifference(y.dataSync(), wanted.dataSync())).toBeLessThan(1e-7);
      }
    },
  );

  it('has the right gradients', () => {
    const kernel = goldenKernel();
    const checks = checkGradients(
      (w, gamma) =>
        parametricWeightStandardize(w as tf.Tensor4D, gamma as tf.Tensor1D, { fan: 18, epsilon: 1e-3 }),
      [kernel, tf.tensor1d([1, -2, 0.5, 3])],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('takes 1e-5 as g, and 0.1 as the equivalent one, unless told otherwise', () => {
    expect(new ParametricWeightStandardization().epsilon).toBe(1e-5);
    expect(new ParametricWeightStandardization().fanMode).toBe('fanIn');
    expect(new ParametricWeightStandardization({ equivalent: true }).epsilon).toBe(0.1);
  });

  it('refuses another fan and a negative epsilon', () => {
    expect(() => new ParametricWeightStandardization({ fanMode: 'fan_in' as FanMode })).toThrow(
      /fanMode "fan_in": use "fanIn" or "fanOut"/,
    );
    expect(() => new ParametricWeightStandardization({ epsilon: -1 })).toThrow(
      /epsilon -1: use a number ≥ 0/,
    );
  });
});
