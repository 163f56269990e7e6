/**
 * The gradient of max pooling for TensorFlow.js's "wasm" backend, whose own kernel loses the gradient of every window
 * without a positive value.
 */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Gives each element of `dy` [N, H', W', C] to the first maximum of its window of `x` [N, H, W, C], in row-major order.
 * Values are read on the host: the backend lives in the host's memory.
 */
export function maxPoolGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  window: tf.backend_util.Conv2DInfo,
): tf.Tensor4D {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = window;
  const [values, slopes] = [x.dataSync(), dy.dataSync()];
  const gradient = new Float32Array(x.size);
  const best = new Float32Array(inChannels);
  const positions = new Int32Array(inChannels);
  let output = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let i = 0; i < outHeight; i++) {
      const top = i * window.strideHeight - padInfo.top;
      const bottom = Math.min(top + window.filterHeight, inHeight);
      for (let j = 0; j < outWidth; j++) {
        const left = j * window.strideWidth - padInfo.left;
        const right = Math.min(left + window.filterWidth, inWidth);
        best.fill(-Infinity);
        positions.fill(-1);
        for (let row = Math.max(top, 0); row < bottom; row++) {
          for (let column = Math.max(left, 0); column < right; column++) {
            const pixel = ((n * inHeight + row) * inWidth + column) * inChannels;
            for (let c = 0; c < inChannels; c++) {
              const value = values[pixel + c] as number;
              if (value > (best[c] as number)) {
                best[c] = value;
                positions[c] = pixel + c;
              }
            }
          }
        }
        for (let c = 0; c < inChannels; c++, output++) {
          const position = positions[c] as number;
          if (position >= 0) gradient[position] = (gradient[position] as number) + (slopes[output] as number);
        }
      }
    }
  }
  return tf.tensor4d(gradient, x.shape);
}
