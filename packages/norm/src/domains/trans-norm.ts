// Transferable Normalization: source and target are normalized each by its own statistics, and the channels that look
// alike in both domains are made to count more.
//
// Wang, Jin, Long, Wang, Jordan: "Transferable Normalization: Towards Improving Transferability of Deep Neural
// Networks", NeurIPS 2019.
//
//   z = γ · (x − μ) / sqrt(σ² + ε) + β                          per domain and channel, σ² biased; γ, β shared
//   δ = |μ_s / sqrt(s_s² + ε) − μ_t / sqrt(s_t² + ε)|           per channel, s² unbiased
//   α = C · (1 + δ)⁻¹ / Σ_channels (1 + δ)⁻¹                    mean 1, a constant for the gradient
//   y = (1 + α) · z                                             twice a batch normalization's scale on average

import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain, stopGradient } from '@plumbline/ops';
import { asImages } from '../activations/as-images.ts';
import type { BatchNormParameters, BatchNormState } from '../activations/batch-norm.ts';

export const TRANS_NORM_EPSILON = 1e-5;

/** Statistics of both domains, [C] each. */
export interface DomainStatistics {
  source: BatchNormState;
  target: BatchNormState;
}

/** The distance δ [C] of the domains: of their means, each in units of its own standard deviation. */
export const domainDistance = (
  { source, target }: DomainStatistics,
  epsilon = TRANS_NORM_EPSILON,
): tf.Tensor1D =>
  tf.tidy(() => {
    const relativeMean = ({ mean, variance }: BatchNormState): tf.Tensor1D =>
      tf.mul(mean, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.abs(tf.sub(relativeMean(source), relativeMean(target))) as tf.Tensor1D;
  });

/** The weight α [C] of the channels, with mean 1: the nearer the domains are in a channel, the larger. */
export const transferability = (statistics: DomainStatistics, epsilon = TRANS_NORM_EPSILON): tf.Tensor1D =>
  tf.tidy(() => {
    const nearness = tf.reciprocal(tf.add(domainDistance(statistics, epsilon), 1));
    return tf.div(nearness, tf.mean(nearness)) as tf.Tensor1D;
  });

/**
 * TransNorm of a joint training batch `x` [N, …, C], whose first `sourceCount` samples are of the source and the others of
 * the target. Returns with it the batch's statistics, variances unbiased. Each domain needs two or more values per
 * channel. The gradient is that of z times the constant 1 + α.
 *
 * @param name What an error calls this normalization. Default `TransNorm`.
 */
export function transNormTrain<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: BatchNormParameters,
  sourceCount: number,
  epsilon = TRANS_NORM_EPSILON,
  name = 'TransNorm',
): { y: X; statistics: DomainStatistics } {
  const samples = x.shape[0] ?? 0;
  if (!Number.isInteger(sourceCount) || sourceCount < 1 || sourceCount >= samples) {
    throw new Error(
      `${name} got a training batch of ${samples} samples of which ${sourceCount} are of the source: it needs one ` +
        `or more of the source first and one or more of the target after them.`,
    );
  }
  const positions = x.size / (samples * (x.shape[x.rank - 1] ?? 1));
  if (Math.min(sourceCount, samples - sourceCount) * positions < 2) {
    throw new Error(
      `${name} got an input of shape [${x.shape.join(', ')}] in training, ${sourceCount} of it of the source: one ` +
        `value per channel has no variance. Use two or more samples of each domain.`,
    );
  }
  return tf.tidy(() => {
    const found: BatchNormState[] = [];
    const normalize = (images: tf.Tensor4D, from: number, count: number): tf.Tensor4D => {
      const part = tf.slice(images, [from, 0, 0, 0], [count, -1, -1, -1]);
      const { y, mean, variance } = batchNormTrain(part, gamma, beta, epsilon);
      const values = count * positions;
      found.push({ mean, variance: tf.mul(variance, values / (values - 1)) });
      return y;
    };
    let statistics: DomainStatistics | undefined;
    const y = asImages(x, (images) => {
      const z = tf.concat([
        normalize(images, 0, sourceCount),
        normalize(images, sourceCount, samples - sourceCount),
      ]);
      const [source, target] = found as [BatchNormState, BatchNormState];
      statistics = { source, target };
      return tf.mul(z, stopGradient(tf.add(transferability(statistics, epsilon), 1)));
    });
    return { y, statistics } as unknown as tf.NamedTensorMap;
  }) as unknown as { y: X; statistics: DomainStatistics };
}
