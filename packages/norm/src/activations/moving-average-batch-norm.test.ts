import { checkGradients, goldenSequence, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  movingAverageBatchNorm,
  type MovingAverageBatchNormOptions,
  type MovingAverageState,
} from './moving-average-batch-norm.ts';
import { elementsAt, largestDifference } from '../testing/golden.ts';

const EPSILON = 1e-5;
const gamma = [1.5, 0.5];
const beta = [0.1, -0.2];
const parameters = () => ({ gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) });
const fresh = (bufferSize: number): MovingAverageState => ({
  secondMoment: tf.ones([2]),
  step: tf.scalar(0),
  secondMoments: tf.zeros([bufferSize, 2]),
  gradientMoments: tf.zeros([bufferSize, 2]),
});

interface Step {
  y: tf.Tensor;
  dx: tf.Tensor;
  dgamma: tf.Tensor;
  dbeta: tf.Tensor;
  state: MovingAverageState;
}

/** One training step, forward and backward. */
function trainingStep(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  state: MovingAverageState,
  options: Omit<MovingAverageBatchNormOptions, 'training'>,
): Step {
  let next = state;
  let gradientMoments = state.gradientMoments;
  const { gamma: scale, beta: offset } = parameters();
  const {
    value: y,
    grads: [dx, dgamma, dbeta],
  } = tf.valueAndGrads((input, g, b) => {
    const result = movingAverageBatchNorm(
      input as tf.Tensor4D,
      { gamma: g as tf.Tensor1D, beta: b as tf.Tensor1D },
      state,
      {
        ...{ training: true, epsilon: EPSILON, ...options },
        onGradientMoments: (moments) => (gradientMoments = tf.keep(moments)),
      },
    );
    next = result.state;
    tf.keep(next.secondMoment);
    tf.keep(next.step);
    tf.keep(next.secondMoments);
    return result.y;
  })([x, scale, offset], dy);
  if (dx === undefined || dgamma === undefined || dbeta === undefined)
    throw new Error('Three gradients are due.');
  return { y, dx, dgamma, dbeta, state: { ...next, gradientMoments } };
}

const corners = [
  [0, 0, 0, 0],
  [1, 1, 1, 1],
];

describe('movingAverageBatchNorm in the form of detection', () => {
  const running = [
    [0.986748, 0.986136],
    [0.977112, 0.978818],
    [0.971119, 0.974081],
    [0.973602, 0.974024],
  ];
  it.each([
    {
      name: 'r = 1',
      renormalizationWarmup: 1000,
      outputs: [
        [-1.91422, -0.00141, -0.213548, -0.501204],
        [-0.284171, 0.509793, 0.042013, 0.381656],
        [1.557944, -0.682939, -1.251345, 0.206774],
        [-2.296457, -0.084323, 1.23288, -0.034348],
      ],
    },
    {
      name: 'r active',
      renormalizationWarmup: 0,
      outputs: [
        [-1.069994, -0.090001, -0.124043, -0.277618],
        [-0.174826, 0.362913, 0.030055, 0.302678],
        [1.313967, -0.620475, -0.985199, 0.175757],
        [-2.445007, -0.084494, 1.405925, -0.036452],
      ],
    },
  ])('gives the golden values of four steps, $name', ({ renormalizationWarmup, outputs }) => {
    let state = fresh(2);
    outputs.forEach((wanted, i) => {
      const x = tf.mul(tf.tensor4d(goldenSequence(16, 50 * i), [2, 2, 2, 2]), 1 + 0.3 * i) as tf.Tensor4D;
      const dy = tf.tensor4d(goldenSequence(16, 7 + 13 * i), [2, 2, 2, 2]);
      const step = trainingStep(x, dy, state, { warmup: 0, renormalizationWarmup });
      const got = [...elementsAt(step.y, corners), ...elementsAt(step.dx, corners)];
      expect(largestDifference(got, wanted)).toBeLessThan(3e-6);
      expect(largestDifference(step.state.secondMoment.dataSync(), running[i] ?? [])).toBeLessThan(2e-6);
      const z = tf.div(tf.sub(step.y, beta), gamma);
      expect(
        largestDifference(step.dgamma.dataSync(), tf.sum(tf.mul(dy, z), [0, 1, 2]).dataSync()),
      ).toBeLessThan(1e-5);
      expect(largestDifference(step.dbeta.dataSync(), tf.sum(dy, [0, 1, 2]).dataSync())).toBeLessThan(1e-5);
      state = step.state;
    });
    expect(state.step.dataSync()[0]).toBe(4);
  });

  it('keeps each step’s values in its own row of the buffers', () => {
    let state = fresh(3);
    const seen: number[][] = [];
    for (let t = 1; t <= 4; t++) {
      const x = tf.fill([1, 2, 2, 2], t) as tf.Tensor4D;
      state = trainingStep(x, tf.onesLike(x), state, { warmup: 100 }).state;
      seen.push([...tf.slice(state.secondMoments, [0, 0], [-1, 1]).dataSync()]);
    }
    expect(seen).toEqual([
      [0, 1, 0],
      [0, 1, 4],
      [9, 1, 4],
      [9, 16, 4],
    ]);
    // g · z = γ · x² / (x² + ε)^½ · …, which for a constant x and dy = 1 is γ · sign(x).
    expect(largestDifference(state.gradientMoments.dataSync(), [1.5, 0.5, 1.5, 0.5, 1.5, 0.5])).toBeLessThan(
      1e-4,
    );
  });

  it.each([
    { warmup: 100, steps: 98, alone: true },
    { warmup: 100, steps: 99, alone: false },
    { warmup: 0, steps: 3, alone: true },
    { warmup: 0, steps: 4, alone: false },
  ])(
    'uses the batch alone below the warm-up and until the buffer is full: $steps steps of $warmup',
    (given) => {
      const state = {
        ...fresh(4),
        step: tf.scalar(given.steps),
        secondMoments: tf.fill<tf.Rank.R2>([4, 2], 100),
      };
      const x = tf.tensor4d(goldenSequence(16), [2, 2, 2, 2]);
      const { y } = trainingStep(x, tf.onesLike(x), state, { warmup: given.warmup });
      const moment = tf.mean(tf.square(tf.div(tf.sub(y, beta), gamma)), [0, 1, 2]).dataSync();
      for (const value of moment) {
        if (given.alone) expect(value).toBeCloseTo(1, 3);
        else expect(value).toBeLessThan(0.02);
      }
    },
  );

  it('bounds r by a fifth and five', () => {
    const x = tf.tensor4d([1, 100, -1, -100], [1, 2, 1, 2]);
    const state = { ...fresh(1), secondMoment: tf.tensor1d([1e4, 1]) };
    const { y } = trainingStep(x, tf.onesLike(x), state, { warmup: 0, renormalizationWarmup: 0 });
    expect(
      largestDifference(y.dataSync(), [1.5 / 5 + 0.1, 0.5 * 5 - 0.2, -1.5 / 5 + 0.1, -0.5 * 5 - 0.2]),
    ).toBeLessThan(1e-4);
  });

  it('has the gradients of finite differences while the batch is used alone', () => {
    const state = fresh(2);
    const f = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      movingAverageBatchNorm(x, { gamma: g as tf.Tensor1D, beta: b as tf.Tensor1D }, state, {
        training: true,
      }).y;
    const { gamma: scale, beta: offset } = parameters();
    const x = tf.tensor4d(goldenSequence(24), [3, 2, 2, 2]);
    const checks = checkGradients(f as (...inputs: tf.Tensor[]) => tf.Tensor, [x, scale, offset]);
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
  });

  it('normalizes a single value', () => {
    const x = tf.tensor4d([3, -2], [1, 1, 1, 2]);
    const { y } = movingAverageBatchNorm(x, parameters(), fresh(2), { training: true });
    expect(largestDifference(y.dataSync(), [1.6, -0.7])).toBeLessThan(1e-4);
  });

  it('divides by the running second moment in inference, and gives the same state back', () => {
    const state = { ...fresh(2), secondMoment: tf.tensor1d([4, 0.25]) };
    const { y, state: after } = movingAverageBatchNorm(tf.tensor2d([[2, 3]]), parameters(), state, {
      training: false,
    });
    expect(largestDifference(y.dataSync(), [1.6, 2.8])).toBeLessThan(1e-4);
    expect(after).toBe(state);
  });
});

describe('movingAverageBatchNorm in the form of ImageNet', () => {
  const PARTS = 3;
  const IMAGES = 2;
  const PIXELS = 4;

  /** The rows of the previous and of this step that sub-batch `i` averages. */
  const windowed = (before: number[][], now: number[][], i: number, channel: number): number =>
    [...before, ...now].slice(i + 1, i + 1 + PARTS).reduce((sum, row) => sum + (row[channel] ?? NaN), 0) /
    PARTS;

  it.each([1000, 1])('agrees with a float64 computation over three steps, r = 1 up to step %i', (warm) => {
    let state = fresh(PARTS);
    let before = { squares: [] as number[][], products: [] as number[][], running: [1, 1] };
    for (let t = 1; t <= 3; t++) {
      const shape: [number, number, number, number] = [PARTS * IMAGES, 2, 2, 2];
      const x = goldenSequence(48, 20 * t).map((v, i) => v * (1 + 0.4 * t) * (1 + Math.floor(i / 16)));
      const dy = goldenSequence(48, 9 * t);
      const at = (part: number, k: number, channel: number): number =>
        (part * IMAGES * PIXELS + k) * 2 + channel;
      const step = trainingStep(tf.tensor4d(x, shape), tf.tensor4d(dy, shape), state, {
        form: 'imagenet',
        renormalizationWarmup: warm,
      });
      const wanted = { y: [...x], dx: [...x], dgamma: [0, 0] };
      const meanOver = (part: number, value: (index: number) => number, channel: number): number => {
        let sum = 0;
        for (let k = 0; k < IMAGES * PIXELS; k++) sum += value(at(part, k, channel));
        return sum / (IMAGES * PIXELS);
      };
      const parts = [0, 1, 2];
      const squares = parts.map((part) => [0, 1].map((c) => meanOver(part, (i) => (x[i] ?? NaN) ** 2, c)));
      const moments = parts.map((part) =>
        [0, 1].map((c) =>
          t === 1 ? (squares[part]?.[c] ?? NaN) : windowed(before.squares, squares, part, c),
        ),
      );
      const ratio = (part: number, c: number): number =>
        t <= warm
          ? 1
          : Math.min(
              Math.max(
                Math.sqrt((moments[part]?.[c] ?? NaN) + EPSILON) /
                  Math.sqrt((before.running[c] ?? NaN) + EPSILON),
                0.2,
              ),
              5,
            );
      const z = (part: number, c: number, i: number): number =>
        (x[i] ?? NaN) / Math.sqrt((moments[part]?.[c] ?? NaN) + EPSILON);
      const g = (part: number, c: number, i: number): number =>
        (dy[i] ?? NaN) * (gamma[c] ?? NaN) * ratio(part, c);
      const products = parts.map((part) =>
        [0, 1].map((c) => meanOver(part, (i) => g(part, c, i) * z(part, c, i), c)),
      );
      for (const part of parts) {
        for (const c of [0, 1]) {
          const product =
            t === 1 ? (products[part]?.[c] ?? NaN) : windowed(before.products, products, part, c);
          for (let k = 0; k < IMAGES * PIXELS; k++) {
            const i = at(part, k, c);
            const normalized = z(part, c, i);
            wanted.y[i] = (gamma[c] ?? NaN) * ratio(part, c) * normalized + (beta[c] ?? NaN);
            wanted.dx[i] =
              (g(part, c, i) - normalized * product) / Math.sqrt((moments[part]?.[c] ?? NaN) + EPSILON);
            wanted.dgamma[c] = (wanted.dgamma[c] ?? NaN) + (dy[i] ?? NaN) * ratio(part, c) * normalized;
          }
        }
      }
      const running = [0, 1].map((c) => {
        const mean = parts.reduce((sum, part) => sum + (moments[part]?.[c] ?? NaN), 0) / PARTS;
        return t === 1 ? mean : 0.98 * (before.running[c] ?? NaN) + 0.02 * mean;
      });
      expect(largestDifference(step.y.dataSync(), wanted.y)).toBeLessThan(1e-5);
      expect(largestDifference(step.dx.dataSync(), wanted.dx)).toBeLessThan(1e-5);
      expect(largestDifference(step.dgamma.dataSync(), wanted.dgamma)).toBeLessThan(1e-5);
      expect(largestDifference(step.state.secondMoment.dataSync(), running)).toBeLessThan(1e-5);
      before = { squares, products, running };
      state = step.state;
    }
  });

  it('has r = 1 below step 100', () => {
    const x = tf.tensor4d(goldenSequence(16), [2, 2, 2, 2]);
    const norms = [98, 99].map((step) => {
      const state = {
        ...fresh(1),
        step: tf.scalar(step),
        secondMoment: tf.fill<tf.Rank.R1>([2], 4),
      };
      const { y } = trainingStep(x, tf.onesLike(x), state, { form: 'imagenet' });
      return tf.mean(tf.square(tf.div(tf.sub(y, beta), gamma))).dataSync()[0] ?? NaN;
    });
    expect(norms[0]).toBeCloseTo(1, 3);
    expect(norms[1]).toBeLessThan(0.2);
  });

  it('says which batch it takes', () => {
    const x = tf.ones<tf.Rank.R4>([5, 2, 2, 2]);
    expect(() =>
      movingAverageBatchNorm(x, parameters(), fresh(3), { training: true, form: 'imagenet' }),
    ).toThrow(
      /^Moving average batch normalization in the form 'imagenet' got a batch of 5 in training, but takes 3 sub-batches of 2 images, 6 in all: change the batch/,
    );
    expect(
      movingAverageBatchNorm(x, parameters(), fresh(3), { training: false, form: 'imagenet' }).y.shape,
    ).toEqual(x.shape);
  });
});
