import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchNorm } from './batch-norm.ts';
import { batchRenorm, type BatchRenormState, type RenormAverage, type RenormBound } from './batch-renorm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const EPSILON = 1e-5;
const gamma = [1, -1, 2, 0.5];
const beta = [0, 1, -1, 3];
const affine = () => ({ gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) });
const unit = (channels = 4) => ({
  gamma: tf.ones<tf.Rank.R1>([channels]),
  beta: tf.zeros<tf.Rank.R1>([channels]),
});
const stateOf = (mean: number[], spread: number[], step = 0): BatchRenormState => ({
  mean: tf.tensor1d(mean),
  spread: tf.tensor1d(spread),
  step: tf.scalar(step),
});
const fresh = (): BatchRenormState => stateOf([0, 0, 0, 0], [1, 1, 1, 1]);

const clip = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** One channel in float64: its values and slopes to outputs, gradients and state. */
function reference(
  x: number[],
  dy: number[],
  g: number,
  b: number,
  state: { mean: number; spread: number },
  { rMax, dMax, average, momentum }: { rMax: number; dMax: number; average: RenormAverage; momentum: number },
) {
  const n = x.length;
  const mean = x.reduce((sum, v) => sum + v, 0) / n;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  const deviation = Math.sqrt(variance + EPSILON);
  const running = average === 'variance' ? Math.sqrt(state.spread + EPSILON) : state.spread;
  const r = clip(deviation / running, 1 / rMax, rMax);
  const d = clip((mean - state.mean) / running, -dMax, dMax);
  const xhat = x.map((v) => (v - mean) / deviation);
  const ofOnes = dy.reduce((sum, v) => sum + v, 0);
  const ofXhat = dy.reduce((sum, v, i) => sum + v * (xhat[i] ?? NaN), 0);
  const seen = average === 'variance' ? (variance * n) / (n - 1) : deviation;
  return {
    y: xhat.map((v) => g * (v * r + d) + b),
    dx: dy.map((v, i) => ((r * g) / deviation) * (v - ((xhat[i] ?? NaN) * ofXhat + ofOnes) / n)),
    dgamma: ofXhat * r + ofOnes * d,
    mean: (1 - momentum) * state.mean + momentum * mean,
    spread: (1 - momentum) * state.spread + momentum * seen,
  };
}

describe('batchRenorm', () => {
  it.each(['deviation', 'variance'] as const)('gives the golden values, averaging the %s', (average) => {
    const options = { training: true, rMax: 1.5, dMax: 0.1, average };
    const { y } = batchRenorm(goldenActivations(), unit(), fresh(), options);
    expect(largestDifference(elementsAt(y, probes), [-0.873048, -0.705729, 0.616627])).toBeLessThan(5e-6);
  });

  it.each<{ average: RenormAverage; rMax: number; dMax: number; spread: number[] }>([
    { average: 'deviation', rMax: 3, dMax: 5, spread: [0.5, 0.7, 0.6, 0.9] },
    { average: 'variance', rMax: 3, dMax: 5, spread: [0.5, 0.7, 0.6, 0.9] },
    { average: 'deviation', rMax: 1.2, dMax: 0.1, spread: [0.1, 0.5, 2, 0.9] },
    { average: 'variance', rMax: 1.1, dMax: 0.05, spread: [0.1, 0.5, 2, 0.9] },
  ])(
    'agrees with a float64 computation: the $average, bounds $rMax and $dMax',
    ({ average, rMax, dMax, spread }) => {
      const mean = [0.1, -0.1, 0.3, 0];
      const momentum = 0.2;
      const x = goldenActivations();
      const dy = tf.tensor4d(
        Array.from({ length: x.size }, (_, i) => Math.cos(0.9 * i)),
        x.shape,
      );
      const options = { training: true, average, rMax, dMax, momentum };
      const run = (input: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
        batchRenorm(
          input,
          { gamma: scale as tf.Tensor1D, beta: offset as tf.Tensor1D },
          stateOf(mean, spread),
          options,
        );
      const { gamma: scale, beta: offset } = affine();
      const { y, state } = run(x, scale, offset);
      const [dx, dgamma, dbeta] = tf
        .grads((a, b, c) => tf.sum(tf.mul(run(a as tf.Tensor4D, b as tf.Tensor, c as tf.Tensor).y, dy)))([
          x,
          scale,
          offset,
        ])
        .map((gradient) => gradient.dataSync());
      for (let channel = 0; channel < 4; channel++) {
        const ofChannel = (values: ArrayLike<number> | undefined): number[] =>
          Array.from(values ?? []).filter((_, i) => i % 4 === channel);
        const wanted = reference(
          ofChannel(x.dataSync()),
          ofChannel(dy.dataSync()),
          gamma[channel] ?? NaN,
          beta[channel] ?? NaN,
          { mean: mean[channel] ?? NaN, spread: spread[channel] ?? NaN },
          { rMax, dMax, average, momentum },
        );
        expect(largestDifference(ofChannel(y.dataSync()), wanted.y)).toBeLessThan(1e-5);
        expect(largestDifference(ofChannel(dx), wanted.dx)).toBeLessThan(1e-5);
        expect(dgamma?.[channel]).toBeCloseTo(wanted.dgamma, 4);
        expect(dbeta?.[channel]).toBeCloseTo(
          ofChannel(dy.dataSync()).reduce((a, b) => a + b, 0),
          4,
        );
        expect(state.mean.dataSync()[channel]).toBeCloseTo(wanted.mean, 5);
        expect(state.spread.dataSync()[channel]).toBeCloseTo(wanted.spread, 5);
      }
      expect(state.step.dataSync()[0]).toBe(1);
    },
  );

  it('is batch normalization at the bounds 1 and 0, which the default schedule begins with', () => {
    const x = goldenActivations();
    const wanted = batchNorm(
      x,
      affine(),
      { mean: tf.zeros([4]), variance: tf.ones([4]) },
      { training: true },
    );
    const state = stateOf([5, 5, 5, 5], [9, 9, 9, 9], 4999);
    const { y } = batchRenorm(x, affine(), state, { training: true });
    expect(largestDifference(y.dataSync(), wanted.y.dataSync())).toBeLessThan(1e-5);
  });

  it('computes in training what it computes in inference where the bounds leave it free', () => {
    const x = goldenActivations();
    const state = stateOf([0.1, -0.1, 0.3, 0], [0.5, 0.7, 0.6, 0.9]);
    for (const average of ['deviation', 'variance'] as const) {
      const options = { rMax: 100, dMax: 100, average };
      const { y } = batchRenorm(x, affine(), state, { training: true, ...options });
      const inference = batchRenorm(x, affine(), state, { training: false, ...options });
      expect(largestDifference(y.dataSync(), inference.y.dataSync())).toBeLessThan(1e-5);
      expect(inference.state).toBe(state);
    }
  });

  it.each<{ step: number; rMax: number; dMax: number }>([
    { step: 0, rMax: 1, dMax: 0 },
    { step: 5000, rMax: 1, dMax: 0 },
    { step: 15_000, rMax: 1 + (2 * 10) / 35, dMax: 2.5 },
    { step: 25_000, rMax: 1 + (2 * 20) / 35, dMax: 5 },
    { step: 40_000, rMax: 3, dMax: 5 },
    { step: 1_000_000, rMax: 3, dMax: 5 },
  ])('follows the schedule of the paper: $rMax and $dMax at step $step', ({ step, rMax, dMax }) => {
    // The batch is so far off that both corrections are at their bounds.
    const state = stateOf([-1000, -1000, -1000, -1000], [1e-3, 1e-3, 1e-3, 1e-3], step);
    const { y } = batchRenorm(goldenActivations(), unit(), state, { training: true });
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    expect(largestDifference(mean.dataSync(), new Array<number>(4).fill(dMax))).toBeLessThan(1e-4);
    expect(largestDifference(tf.sqrt(variance).dataSync(), new Array<number>(4).fill(rMax))).toBeLessThan(
      1e-3,
    );
  });

  it('has the right gradients in inference, through temporary statistics', () => {
    for (const average of ['deviation', 'variance'] as const) {
      const state = stateOf([0.1, -0.1, 0.3, 0], [0.5, 0.7, 0.6, 0.9]);
      const f = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
        batchRenorm(x, { gamma: g as tf.Tensor1D, beta: b as tf.Tensor1D }, state, {
          training: false,
          average,
        }).y;
      const { gamma: scale, beta: offset } = affine();
      const checks = checkGradients(f as (...inputs: tf.Tensor[]) => tf.Tensor, [
        goldenActivations(),
        scale,
        offset,
      ]);
      expect(worstGradientError(checks)).toBeLessThan(3e-3);
    }
  });

  it.each<RenormBound>([1, { initial: 1, final: 3, from: 0, to: 10 }])(
    'refuses one value per channel in training, bound %j',
    (rMax) => {
      const x = tf.ones([1, 1, 1, 4]);
      expect(() => batchRenorm(x, unit(), fresh(), { training: true, rMax })).toThrow(
        /^Batch renormalization got .*one value per channel.*batch of 2/,
      );
    },
  );
});
