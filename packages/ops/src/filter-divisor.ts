/**
 * What a filter is divided by, as a function of its biased variance v: the one thing in which the published
 * standardizations of weights differ. With k = n/(n − 1) for the unbiased variance and 1 for the biased,
 *
 *   inside:   S = sqrt(k v + ε)            dS/dv = k / 2S
 *   outside:  S = sqrt(k v) + ε            dS/dv = k / (2 sqrt(k v))
 *   floor:    S = sqrt(max(k v, ε))        dS/dv = k / 2S above the floor, 0 on it
 */
import * as tf from '@tensorflow/tfjs-core';

export type EpsilonPlacement = 'inside' | 'outside' | 'floor';

export interface FilterDivisor {
  readonly placement: EpsilonPlacement;
  readonly epsilon: number;
  /** k above. */
  readonly besselFactor: number;
}

/** S for variances `v`, of any shape. */
export function divisorOf(v: tf.Tensor, { placement, epsilon, besselFactor }: FilterDivisor): tf.Tensor {
  const variance = tf.mul(v, besselFactor);
  if (placement === 'inside') return tf.sqrt(tf.add(variance, epsilon));
  if (placement === 'outside') return tf.add(tf.sqrt(variance), epsilon);
  return tf.sqrt(tf.maximum(variance, epsilon));
}

/** dS/dv at `v`, where S = `divisor`; 0 where it is infinite, at the zero variance of a constant filter. */
export function divisorSlope(v: tf.Tensor, divisor: tf.Tensor, rule: FilterDivisor): tf.Tensor {
  const half = 0.5 * rule.besselFactor;
  const varying = rule.placement === 'outside' ? tf.sub(divisor, rule.epsilon) : divisor;
  const slope = tf.divNoNan(tf.fill(v.shape, half), varying);
  if (rule.placement !== 'floor') return slope;
  return tf.mul(slope, tf.cast(tf.greater(tf.mul(v, rule.besselFactor), rule.epsilon), 'float32'));
}
