/**
 * Dropout: zeroes each element with probability `rate` and scales the others by 1 / (1 − rate), so the expected value
 * stays. Srivastava et al., JMLR 2014.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireFloat } from './checks.ts';
import { attributes, nativeBackend } from './native-backend.ts';

/** Uniform numbers in [0, 1) that depend on `shape` and `seed` alone. */
function seededUniform(shape: number[], seed: tf.Tensor1D): tf.Tensor {
  const native = nativeBackend();
  if (native === null) return tf.randomUniform(shape, 0, 1, 'float32', seed.dataSync().join());
  return native.executeSingleOutput(
    'StatelessRandomUniform',
    attributes(native, { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } }),
    [tf.tensor1d(shape, 'int32'), seed],
  );
}

/**
 * Drops elements of `x` with probability `rate` in [0, 1). The mask is a function of `seed` [2] (int32) and the shape
 * of x alone, on one backend; other backends draw other masks. On the native backend the seed stays on the device.
 *
 * @throws if the rate is outside [0, 1) or the seed is not two int32 numbers.
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, seed: tf.Tensor1D): T {
  requireFloat('dropout', 'x', x);
  if (!(rate >= 0 && rate < 1)) {
    throw new Error(`dropout: got rate ${rate}, wanted the probability of dropping, at least 0 and below 1.`);
  }
  if (seed.dtype !== 'int32' || seed.rank !== 1 || seed.size !== 2) {
    throw new Error(
      `dropout: got a seed of type ${seed.dtype} and shape [${seed.shape.join(', ')}], wanted two int32 numbers.`,
    );
  }
  if (rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const kept = tf.greaterEqual(seededUniform(x.shape, seed), rate);
    return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate)));
  });
}
