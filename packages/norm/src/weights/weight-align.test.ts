import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { convolutionFilters } from './filter-layout.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import { WeightAlign, weightAlign } from './weight-align.ts';
import { weightStandardize } from './weight-standardization.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 1, 2],
  [2, 2, 1, 3],
];
const perFilter = (t: tf.Tensor): Float32Array => tf.sum(t, [0, 1, 2]).dataSync() as Float32Array;

describe('weightAlign', () => {
  it.each([
    { epsilon: 0, values: [-0.3848655, 0.5182553, -0.3786753], squares: 2 },
    { epsilon: 1e-5, values: [-0.3848649, 0.5182544, -0.3786747], squares: 1.999994 },
  ])('gives the golden values at ε = $epsilon', ({ epsilon, values, squares }) => {
    const aligned = weightAlign(goldenKernel(), null, { epsilon });
    expect(largestDifference(elementsAt(aligned, probes), values)).toBeLessThan(1.5e-7);
    expect(perFilter(tf.square(aligned))[0]).toBeCloseTo(squares, 5);
  });

  it('makes a filter sum to 0 and its squares to 2γ²', () => {
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const aligned = weightAlign(goldenKernel(), gamma, { epsilon: 0 });
    expect(largestDifference(perFilter(aligned), [0, 0, 0, 0])).toBeLessThan(1e-5);
    expect(largestDifference(perFilter(tf.square(aligned)), [2, 8, 0.5, 18])).toBeLessThan(1e-5);
  });

  it('takes one γ for the layer as the same γ for every filter', () => {
    const one = weightAlign(goldenKernel(), tf.scalar(0.7));
    const many = weightAlign(goldenKernel(), tf.fill<tf.Rank.R1>([4], 0.7));
    expect(largestDifference(one.dataSync(), many.dataSync())).toBeLessThan(1e-7);
  });

  it('is unchanged by w → a·w + c for a > 0 and changes sign for a < 0', () => {
    const kernel = goldenKernel();
    const aligned = weightAlign(kernel, null, { epsilon: 0 }).dataSync();
    const moved = weightAlign(tf.add(tf.mul(kernel, 3), 2), null, { epsilon: 0 }).dataSync();
    const flipped = weightAlign(tf.mul(kernel, -2), null, { epsilon: 0 }).dataSync();
    expect(largestDifference(moved, aligned)).toBeLessThan(2e-6);
    expect(
      largestDifference(
        flipped,
        aligned.map((v) => -v),
      ),
    ).toBeLessThan(2e-6);
  });

  it('is γ·sqrt(2/n) times biased Weight Standardization, and sqrt(2)·γ times the filter of unit length', () => {
    const kernel = goldenKernel();
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const aligned = weightAlign(kernel, gamma, { epsilon: 0 }).dataSync();
    const standardized = weightStandardize(kernel, { variant: 'google' });
    const centred = tf.sub(kernel, tf.mean(kernel, [0, 1, 2]));
    const unit = tf.div(centred, tf.sqrt(tf.sum(tf.square(centred), [0, 1, 2])));
    const scaled = tf.mul(standardized, tf.mul(gamma, Math.sqrt(2 / 18))).dataSync();
    const lengthened = tf.mul(unit, tf.mul(gamma, Math.SQRT2)).dataSync();
    expect(largestDifference(scaled, aligned)).toBeLessThan(2e-6);
    expect(largestDifference(lengthened, aligned)).toBeLessThan(2e-6);
  });

  it('has the closed-form gradient dL/dw = (G − mean G − z·ΣGz/2)/S, which sums to 0 and is orthogonal to w at ε = 0', () => {
    const kernel = goldenKernel();
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const upstream = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 4], 0, 1, 'float32', 3);
    const gradient = tf.grad((w) =>
      tf.sum(tf.mul(weightAlign(w as tf.Tensor4D, gamma, { epsilon: 0 }), upstream)),
    )(kernel);
    const centred = tf.sub(kernel, tf.mean(kernel, [0, 1, 2]));
    const S = tf.sqrt(tf.div(tf.sum(tf.square(centred), [0, 1, 2]), 2));
    const z = tf.div(centred, S);
    const G = tf.mul(upstream, gamma);
    const along = tf.mul(z, tf.div(tf.sum(tf.mul(G, z), [0, 1, 2]), 2));
    const wanted = tf.div(tf.sub(tf.sub(G, tf.mean(G, [0, 1, 2])), along), S);
    expect(largestDifference(gradient.dataSync(), wanted.dataSync())).toBeLessThan(5e-6);
    expect(largestDifference(perFilter(gradient), [0, 0, 0, 0])).toBeLessThan(1e-5);
    expect(largestDifference(perFilter(tf.mul(gradient, kernel)), [0, 0, 0, 0])).toBeLessThan(1e-5);
  });

  it.each(['filter', 'layer', 'none'] as const)('has the right gradients with one γ per %s', (scale) => {
    const normalizer = new WeightAlign({ scale });
    const kernel = goldenKernel();
    const layout = convolutionFilters(kernel.shape);
    const gammas = normalizer.weights(layout).map(({ shape }) => tf.fill(shape, 1.3));
    const checks = checkGradients(
      (w, ...weights) => normalizer.normalize(w as tf.Tensor4D, weights, layout),
      [kernel, ...gammas],
    );
    expect(gammas.map(({ shape }) => shape)).toEqual({ filter: [[4]], layer: [[]], none: [] }[scale]);
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it.each([
    { kind: 'depthwise [kh, kw, C, multiplier]', shape: [3, 3, 4, 2], axes: [0, 1], filters: 8 },
    { kind: 'dense [in, out]', shape: [9, 8], axes: [0], filters: 8 },
  ])('serves kernels that are $kind', ({ shape, axes, filters }) => {
    const kernel = tf.randomNormal(shape, 0.4, 0.1, 'float32', 1);
    const gamma = tf.linspace(1, 2, filters);
    const aligned = weightAlign(kernel, gamma, { epsilon: 0, axes });
    expect(aligned.shape).toEqual(shape);
    const squares = tf.sum(tf.square(aligned), axes).dataSync();
    expect(largestDifference(squares, tf.mul(2, tf.square(gamma)).dataSync())).toBeLessThan(1e-5);
  });

  it('keeps E[x²] in a wide linear layer: the variance of the output is twice the mean square of zero-mean inputs', () => {
    const width = 512;
    const kernel = tf.randomNormal<tf.Rank.R4>([1, 1, width, width], 0, 0.02, 'float32', 1);
    const x = tf.randomNormal<tf.Rank.R4>([1, 16, 16, width], 0, 1, 'float32', 2);
    const y = tf.conv2d(x, weightAlign(kernel, null), 1, 'same');
    expect(tf.moments(y).variance.dataSync()[0]).toBeCloseTo(2, 1);
  });

  it('passes on 1 − 1/π of the variance of rectified normal inputs: centring takes their common mean away', () => {
    const width = 512;
    const kernel = tf.randomNormal<tf.Rank.R4>([1, 1, width, width], 0, 0.02, 'float32', 1);
    const x = tf.relu(tf.randomNormal<tf.Rank.R4>([1, 16, 16, width], 0, 1, 'float32', 2));
    const y = tf.conv2d(x, weightAlign(kernel, null), 1, 'same');
    expect(Math.abs((tf.moments(y).variance.dataSync()[0] ?? NaN) - 0.6817)).toBeLessThan(0.01);
  });
});
