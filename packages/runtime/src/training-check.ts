/** Does a gradient step work here? Two steps of gradient descent on one small convolution must lower its loss. */
import * as tf from '@tensorflow/tfjs';

/** True when training works on the active backend. Takes milliseconds, and leaves no tensor behind. */
export function canTrain(): boolean {
  return tf.tidy(() => {
    const images: tf.Tensor4D = tf.randomNormal([2, 9, 9, 3], 0, 1, 'float32', 1);
    const initial: tf.Tensor4D = tf.randomNormal([3, 3, 3, 4], 0, 1, 'float32', 2);
    const kernel = tf.variable(initial);
    const optimizer = tf.train.sgd(1e-3);
    const step = (): number => {
      const loss = optimizer.minimize(() => tf.conv2d(images, kernel, 1, 'same').square().mean(), true, [
        kernel,
      ]);
      return loss?.dataSync()[0] ?? Number.NaN;
    };
    const first = step();
    const isLower = step() < first;
    optimizer.dispose();
    kernel.dispose();
    return isLower;
  });
}
