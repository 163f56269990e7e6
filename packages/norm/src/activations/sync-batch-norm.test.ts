import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatisticsCommunicator } from '../communicator.ts';
import { largestDifference } from '../testing/golden.ts';
import { batchNorm, type BatchNormConvention, type BatchNormState } from './batch-norm.ts';
import { syncBatchNorm } from './sync-batch-norm.ts';

const CHANNELS = 3;
const gamma = [1.5, -0.7, 0.4];
const beta = [0.1, -0.2, 0.3];
const startState = (): BatchNormState => ({
  mean: tf.tensor1d([0.5, -0.5, 0]),
  variance: tf.tensor1d([2, 1, 0.5]),
});
const wave = (count: number, phase: number): tf.Tensor4D =>
  tf.tensor4d(
    Array.from({ length: count * 4 * CHANNELS }, (_, i) => Math.sin(1.7 * i + phase)),
    [count, 2, 2, CHANNELS],
  );

interface Result {
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
  mean: number[];
  variance: number[];
}

const numbers = (t: tf.Tensor): number[] => [...t.dataSync()];

/** Output, gradients of Σ y · dy, and the state after, of one process. */
function step(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  normalize: typeof syncBatchNorm,
  communicator: StatisticsCommunicator | null,
  convention: BatchNormConvention,
): Result {
  let after = startState();
  let y: tf.Tensor = x;
  const gradients = tf.grads((input, scale, offset) => {
    const result = normalize(
      input as tf.Tensor4D,
      { gamma: scale as tf.Tensor1D, beta: offset as tf.Tensor1D },
      startState(),
      { training: true, convention, ...(communicator === null ? {} : { communicator }) },
    );
    after = { mean: tf.keep(result.state.mean), variance: tf.keep(result.state.variance) };
    y = tf.keep(result.y);
    return tf.sum(tf.mul(result.y, dy));
  })([x, tf.tensor1d(gamma), tf.tensor1d(beta)]);
  const [dx, dgamma, dbeta] = gradients.map(numbers);
  const result = { y: numbers(y), mean: numbers(after.mean), variance: numbers(after.variance) };
  tf.dispose([y, after.mean, after.variance]);
  return { ...result, dx: dx ?? [], dgamma: dgamma ?? [], dbeta: dbeta ?? [] };
}

const REDUCTIONS = 3;

/**
 * What every process computes, simulated one after the other: the k-th reduction depends on the ones before it alone,
 * so after as many rounds as there are reductions each has seen the true contributions of all.
 */
function inParallel(processes: readonly ((communicator: StatisticsCommunicator) => Result)[]): Result[] {
  const contributed = processes.map((): number[][][] => []);
  let results: Result[] = [];
  for (let round = 0; round <= REDUCTIONS; round++) {
    results = processes.map((run, rank) => {
      let reduction = 0;
      const allReduceSum = (tensors: tf.Tensor[]): tf.Tensor[] => {
        const index = reduction++;
        const values = tensors.map(numbers);
        (contributed[rank] ?? [])[index] = values;
        const sums = tensors.map((tensor, k) => {
          const total = new Float64Array(tensor.size);
          for (const from of contributed)
            from[index]?.[k]?.forEach((v, i) => (total[i] = (total[i] ?? 0) + v));
          return tf.tensor([...total], tensor.shape);
        });
        tf.dispose(tensors);
        return sums;
      };
      const result = run({ size: processes.length, allReduceSum });
      expect(reduction).toBe(REDUCTIONS);
      return result;
    });
  }
  return results;
}

describe('syncBatchNorm', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
  });

  it.each<{ sizes: number[]; convention: BatchNormConvention; offset: number }>([
    { sizes: [2, 2], convention: 'pytorch', offset: 0 },
    { sizes: [1, 3], convention: 'pytorch', offset: 0 },
    { sizes: [2, 1, 4], convention: 'pytorch', offset: 0 },
    { sizes: [3, 1, 2], convention: 'keras', offset: 0 },
    { sizes: [3, 1], convention: 'pytorch', offset: 1000 },
  ])(
    'equals batch normalization of the joined batch for $sizes images, $convention, around $offset',
    ({ sizes, convention, offset }) => {
      const inputs = sizes.map(
        (size, rank) => tf.add(wave(size, 3 * rank), offset + 0.2 * rank) as tf.Tensor4D,
      );
      const slopes = sizes.map((size, rank) => wave(size, 5 * rank + 1));
      const joined = step(tf.concat(inputs), tf.concat(slopes), batchNorm, null, convention);
      const results = inParallel(
        inputs.map(
          (x, rank) => (communicator) => step(x, slopes[rank] ?? x, syncBatchNorm, communicator, convention),
        ),
      );
      // A value of 1000 is itself rounded to 6e-5.
      const tolerance = offset === 0 ? 2e-6 : 5e-4;
      const all = (pick: (result: Result) => number[]): number[] => results.flatMap(pick);
      const summed = (pick: (result: Result) => number[]): number[] =>
        gamma.map((_, channel) => results.reduce((sum, result) => sum + (pick(result)[channel] ?? NaN), 0));
      expect(
        largestDifference(
          all((r) => r.y),
          joined.y,
        ),
      ).toBeLessThan(tolerance);
      expect(
        largestDifference(
          all((r) => r.dx),
          joined.dx,
        ),
      ).toBeLessThan(tolerance);
      expect(
        largestDifference(
          summed((r) => r.dgamma),
          joined.dgamma,
        ),
      ).toBeLessThan(10 * tolerance);
      expect(
        largestDifference(
          summed((r) => r.dbeta),
          joined.dbeta,
        ),
      ).toBeLessThan(10 * tolerance);
      for (const result of results) {
        expect(largestDifference(result.mean, joined.mean)).toBeLessThan(tolerance);
        expect(largestDifference(result.variance, joined.variance)).toBeLessThan(tolerance);
      }
      // The gradients of γ and β are each process's own, for the training loop to sum.
      expect(largestDifference(results[0]?.dbeta ?? [], joined.dbeta)).toBeGreaterThan(0.01);
    },
  );

  it('takes one value per channel of each process, as long as there are several processes', () => {
    const inputs = [tf.tensor4d([1, 2, 3], [1, 1, 1, 3]), tf.tensor4d([3, 5, -1], [1, 1, 1, 3])];
    const results = inParallel(
      inputs.map((x) => (communicator) => step(x, x, syncBatchNorm, communicator, 'pytorch')),
    );
    const wanted = [0, 1].flatMap((rank) =>
      [-1, -1, 1].map((sign, c) => (rank === 0 ? 1 : -1) * sign * (gamma[c] ?? NaN) + (beta[c] ?? NaN)),
    );
    expect(
      largestDifference(
        results.flatMap((r) => r.y),
        wanted,
      ),
    ).toBeLessThan(1e-4);
  });

  it('is batch normalization, and reduces nothing, for a process alone and in inference', () => {
    const x = wave(2, 0);
    const alone = step(x, wave(2, 1), syncBatchNorm, null, 'pytorch');
    expect(alone).toEqual(step(x, wave(2, 1), batchNorm, null, 'pytorch'));
    const communicator: StatisticsCommunicator = {
      size: 2,
      allReduceSum: () => {
        throw new Error('no reduction is due');
      },
    };
    const parameters = { gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) };
    const { y, state } = syncBatchNorm(x, parameters, startState(), { training: false, communicator });
    const wanted = batchNorm(x, parameters, startState(), { training: false });
    expect(y.dataSync()).toEqual(wanted.y.dataSync());
    expect(numbers(state.mean)).toEqual([0.5, -0.5, 0]);
  });

  it('refuses one value per channel for a process alone', () => {
    const parameters = { gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) };
    expect(() => syncBatchNorm(tf.ones([1, 1, 1, 3]), parameters, startState(), { training: true })).toThrow(
      /^Synchronized batch normalization got .* one value per channel/,
    );
  });

  it('says so when a communicator returns fewer sums than tensors', () => {
    const parameters = { gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) };
    const communicator: StatisticsCommunicator = { size: 2, allReduceSum: (tensors) => tensors.slice(1) };
    expect(() =>
      syncBatchNorm(wave(2, 0), parameters, startState(), { training: true, communicator }),
    ).toThrow(/fewer sums than it was given tensors/);
  });
});
