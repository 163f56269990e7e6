/** What changes only the gradients that flow back. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * What `compute` returns, as a constant: nothing inside is recorded for the backward pass, so its temporary maps are
 * freed at once, and nothing before it receives a gradient.
 */
export const constant = <T extends tf.Tensor>(compute: () => T): T =>
  // A custom gradient without inputs leaves no path on the tape.
  tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;

/** The tensors of one shape that `compute` returns, as constants. */
export const constants = <T extends tf.Tensor>(compute: () => tf.Tensor[]): T[] =>
  tf.unstack(constant(() => tf.stack(compute()))) as T[];

/** `x`, as a constant: nothing before it receives a gradient through it. */
export const stopGradient = <T extends tf.Tensor>(x: T): T => constant(() => tf.clone(x));

/**
 * `x` forward; its gradient times −`scale` backward (Ganin and Lempitsky, 2015, arXiv 1409.7495). A scalar tensor as
 * scale can change from step to step without a new graph.
 */
export function gradientReversal<T extends tf.Tensor>(x: T, scale: number | tf.Scalar): T {
  return tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([typeof scale === 'number' ? tf.scalar(scale) : scale]);
    return {
      value: tf.clone(input),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.neg(tf.mul(dy, saved[0] as tf.Tensor)),
    };
  })(x) as T;
}
