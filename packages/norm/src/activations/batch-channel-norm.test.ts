import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchChannelNorm, type BatchChannelNormParameters } from './batch-channel-norm.ts';
import { batchNorm, type BatchNormState } from './batch-norm.ts';
import { estimatedBatchNorm } from './estimated-batch-norm.ts';
import { groupNorm } from './group-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const fresh = (): BatchNormState => ({ mean: tf.zeros([4]), variance: tf.ones([4]) });
const unit = (): BatchChannelNormParameters => ({
  gamma: tf.ones([4]),
  beta: tf.zeros([4]),
  groupGamma: tf.ones([2]),
  groupBeta: tf.zeros([2]),
});
const parameters = (): BatchChannelNormParameters => ({
  gamma: tf.tensor1d([1, -1, 2, 0.5]),
  beta: tf.tensor1d([0, 1, -1, 3]),
  groupGamma: tf.tensor1d([1.5, -0.5]),
  groupBeta: tf.tensor1d([0.2, -0.3]),
});

describe('batchChannelNorm', () => {
  it('gives the golden values of batch and group step', () => {
    const options = { training: true, batchStep: 'batch' } as const;
    const { y, state } = batchChannelNorm(goldenActivations(), unit(), fresh(), options);
    const probes = [
      [0, 0, 0, 0],
      [1, 2, 0, 3],
      [3, 2, 2, 1],
    ];
    expect(largestDifference(elementsAt(y, probes), [-1.37225, -1.130264, 0.808894])).toBeLessThan(3e-6);
    const wanted = [0.936059, 0.933555, 0.934277, 0.934289];
    expect(largestDifference(state.variance.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it.each([true, false])(
    'is its two steps, with one γ and β per group in the second; training: %s',
    (training) => {
      const { groupGamma, groupBeta, ...perChannel } = parameters();
      const x = goldenActivations();
      const second = {
        gamma: tf.tensor1d([1.5, 1.5, -0.5, -0.5]),
        beta: tf.tensor1d([0.2, 0.2, -0.3, -0.3]),
      };
      const steps = {
        estimated: estimatedBatchNorm(x, perChannel, fresh(), { training, rate: 0.3 }),
        batch: batchNorm(x, perChannel, fresh(), { training, momentum: 0.3 }),
      };
      for (const batchStep of ['estimated', 'batch'] as const) {
        const first = steps[batchStep];
        const options = { training, batchStep, rate: 0.3 };
        const { y, state } = batchChannelNorm(x, { ...perChannel, groupGamma, groupBeta }, fresh(), options);
        expect(y.dataSync()).toEqual(groupNorm(first.y, second, { groups: 2 }).dataSync());
        expect(state.mean.dataSync()).toEqual(first.state.mean.dataSync());
        expect(state.variance.dataSync()).toEqual(first.state.variance.dataSync());
      }
    },
  );

  it('has the right gradients of x and all four parameters', () => {
    const state = fresh();
    const f = (...[x, gamma, beta, groupGamma, groupBeta]: tf.Tensor[]): tf.Tensor =>
      batchChannelNorm(
        x as tf.Tensor,
        { gamma, beta, groupGamma, groupBeta } as BatchChannelNormParameters,
        state,
        {
          training: true,
          batchStep: 'batch',
        },
      ).y;
    const { gamma, beta, groupGamma, groupBeta } = parameters();
    const checks = checkGradients(f, [goldenActivations(), gamma, beta, groupGamma, groupBeta]);
    expect(worstGradientError(checks)).toBeLessThan(5e-3);
  });

  it('refuses one value per channel in the batch step only', () => {
    const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 1, 4]);
    expect(() => batchChannelNorm(x, unit(), fresh(), { training: true, batchStep: 'batch' })).toThrow(
      /^Batch-channel normalization got .*one value per channel/,
    );
    const { y } = batchChannelNorm(x, unit(), fresh(), { training: true });
    expect(largestDifference(y.dataSync(), [-1, 1, -1, 1])).toBeLessThan(1e-3);
  });
});
