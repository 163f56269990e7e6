/** Identities that change only what flows back through them. */
import * as tf from '@tensorflow/tfjs-core';

/** `x`, as a constant: nothing before it receives a gradient through it. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  // A custom gradient without inputs leaves no path on the tape, so nothing before x is computed in vain.
  return tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))() as T;
}

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
