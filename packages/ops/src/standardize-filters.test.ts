import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, withBackend, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { standardizeFilters, type StandardizeFiltersOptions } from './standardize-filters.ts';

const kernel = golden([3, 3, 2, 4]) as tf.Tensor4D;
const gain = golden([4], 20) as tf.Tensor1D;
const standardize = (options: StandardizeFiltersOptions) => (w: tf.Tensor, g: tf.Tensor) =>
  standardizeFilters(w, g as tf.Tensor1D, options);

const cases: StandardizeFiltersOptions[] = [
  { epsilon: 1e-5 },
  { epsilon: 0 },
  { epsilon: 1e-2, variance: 'unbiased' },
  { epsilon: 1e-2, epsilonPlacement: 'outside' },
  { epsilon: 1e-2, variance: 'unbiased', epsilonPlacement: 'outside' },
  { epsilon: 1e-4, epsilonPlacement: 'floor' },
  // The golden kernel's filters have variances of about 0.3: above, below and between.
  { epsilon: 0.5, epsilonPlacement: 'floor' },
  { epsilon: 0.34, variance: 'unbiased', epsilonPlacement: 'floor' },
];

describe('standardizeFilters', () => {
  it.each<[string, StandardizeFiltersOptions, number[], number]>([
    [
      'WS, PyTorch',
      { epsilon: 1e-5, variance: 'unbiased', epsilonPlacement: 'outside' },
      [-1.1220479, 1.5109352, -1.104],
      16.999452,
    ],
    [
      'WS, TensorFlow',
      { epsilon: 1e-5, epsilonPlacement: 'outside' },
      [-1.1545773, 1.5547387, -1.1360061],
      17.999402,
    ],
    ['WS, BCN', { epsilon: 1e-5, variance: 'unbiased' }, [-1.1220514, 1.5109391, -1.1040029], 16.999558],
    ['WS, timm', { epsilon: 1e-6 }, [-1.1545948, 1.5547635, -1.1360242], 17.99995],
  ])('gives the golden values of %s', (_, options, wanted, squares) => {
    const y = standardizeFilters(kernel, null, options).arraySync();
    const got = [y[0]?.[0]?.[0]?.[0], y[1]?.[2]?.[1]?.[2], y[2]?.[2]?.[1]?.[3]];
    wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
    const filter = y.flatMap((row) => row.flatMap((tap) => tap.map((values) => values[0] ?? NaN)));
    expect(filter.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(squares, 4);
  });

  it.each(cases)('has the gradient of finite differences with %j', (options) => {
    const checks = checkGradients(standardize(options), [kernel, gain], { probes: 36, step: 5e-3 });
    expect(worstGradientError(checks)).toBeLessThan(5e-3);
  });

  it.skipIf(!hasNative).each(cases)(
    'agrees between native and portable with %j (needs the native engine)',
    async (options) => {
      expect(await disagreement(standardize(options), [kernel, gain])).toBeLessThan(2e-5);
    },
  );

  it.each<[number[], number[], number]>([
    [[3, 3, 4, 2], [0, 1], 8],
    [[6, 5], [0], 5],
    [[1, 1, 9, 3], [0, 1, 2], 3],
  ])('serves kernels of shape %j over axes %j', (shape, axes, filters) => {
    const w = golden(shape);
    const y = standardizeFilters(w, golden([filters], 40) as tf.Tensor1D, { epsilon: 1e-5, axes });
    const n = w.size / filters;
    const rows = tf.reshape(w, [n, filters]) as tf.Tensor2D;
    const { mean, variance } = tf.moments(rows, 0, true);
    const expected = tf.mul(
      tf.div(tf.sub(rows, mean), tf.sqrt(tf.add(variance, 1e-5))),
      golden([filters], 40),
    );
    expect(tf.max(tf.abs(tf.sub(tf.reshape(y, [n, filters]), expected))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))(
    'gives zeros and finite gradients for constant filters, on %s',
    (backend) =>
      withBackend(backend, () => {
        for (const options of cases) {
          // Without an epsilon, the rounding of 0.7 alone would be standardized.
          const constant = tf.fill([3, 3, 2, 2], options.epsilon === 0 ? 0.5 : 0.7);
          const run = (w: tf.Tensor) => standardizeFilters(w, null, options);
          expect(Math.max(...run(constant).dataSync().map(Math.abs))).toBeLessThan(1e-3);
          const slope = tf.grad((w: tf.Tensor) => tf.sum(tf.mul(run(w), golden([3, 3, 2, 2]))))(constant);
          expect(slope.dataSync().every(Number.isFinite)).toBe(true);
        }
      }),
  );

  it('leaves nothing behind', () => {
    for (const options of cases) expect(leftBehind(standardize(options), [kernel, gain])).toEqual([0, 0]);
    expect(leftBehind((w) => standardizeFilters(w, null, { epsilon: 1e-5 }), [kernel])).toEqual([0, 0]);
  });

  it('refuses filters of one weight, inner axes and wrong gains', () => {
    expect(() => standardizeFilters(golden([1, 1, 1, 4]), null, { epsilon: 1e-5 })).toThrow(
      'one weight each',
    );
    expect(() => standardizeFilters(kernel, null, { epsilon: 1e-5, axes: [1, 2] })).toThrow('leading axes');
    expect(() => standardizeFilters(kernel, golden([3]) as tf.Tensor1D, { epsilon: 1e-5 })).toThrow(
      'wanted [4]',
    );
    expect(() => standardizeFilters(kernel, null, { epsilon: NaN })).toThrow('epsilon = NaN');
  });
});
