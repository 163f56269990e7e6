/** Normally distributed noise that is a function of a seed tensor, so that a recorded step can advance it. */
import * as tf from '@tensorflow/tfjs-core';
import { attributes, nativeBackend } from './native-backend.ts';

/** Box and Muller's transform of uniform numbers (1958): plain TensorFlow.js has no normal generator with two seeds. */
function composedNormal(shape: number[], seed: tf.Tensor1D): tf.Tensor {
  const uniform = (stream: string): tf.Tensor =>
    tf.randomUniform(shape, 0, 1, 'float32', `${seed.dataSync().join()},${stream}`);
  const radius = tf.sqrt(tf.mul(-2, tf.log(tf.sub(1, uniform('radius')))));
  return tf.mul(radius, tf.cos(tf.mul(2 * Math.PI, uniform('angle'))));
}

/**
 * Numbers from N(0, 1), of `shape`. They depend on `seed` [2] (int32) and the shape alone, on one backend; other backends
 * draw other numbers. On the native backend the seed stays on the device. They carry no gradient.
 *
 * @throws if the seed is not two int32 numbers.
 */
export function randomNormal<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: tf.Tensor1D): tf.Tensor<R> {
  if (seed.dtype !== 'int32' || seed.rank !== 1 || seed.size !== 2) {
    throw new Error(
      `randomNormal: got a seed of type ${seed.dtype} and shape [${seed.shape.join(', ')}], wanted two int32 numbers.`,
    );
  }
  return tf.tidy(() => {
    const native = nativeBackend();
    const noise =
      native === null
        ? composedNormal(shape, seed)
        : native.executeSingleOutput(
            'StatelessRandomNormal',
            attributes(native, {
              dtype: { type: 'float32' },
              T: { type: 'int32' },
              Tseed: { type: 'int32' },
            }),
            [tf.tensor1d(shape, 'int32'), seed],
          );
    return noise as tf.Tensor<R>;
  });
}
