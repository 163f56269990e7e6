/**
 * Depthwise 2-D convolution, trainable at any dilation: every channel has its own filters.
 *
 *   y[n,i,j,c·m + q] = Σ_{a,b} x[n, s·i + d·a − p, s·j + d·b − p, c] · kernel[a,b,c,q]
 *
 * TensorFlow's depthwise gradients ignore the dilation, silently; so dilated ones run as plain ones on a batch of
 * sub-images there, and composed on other backends.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './checks.ts';
import { composedAtrous } from './composed-atrous.ts';
import { prepareConvolution, type WindowOptions } from './conv-arguments.ts';
import { nativeBackend } from './native-backend.ts';
import { defineNativeConvolution } from './native-convolution.ts';
import { bySpaceToBatch } from './space-to-batch.ts';

const nativeDepthwise = defineNativeConvolution({
  name: 'PlumblineDepthwiseConv2d',
  operation: 'DepthwiseConv2dNative',
});

/**
 * Convolves every channel of `x` [N, H, W, C] with its own filters, `kernel` [kh, kw, C, multiplier], into
 * [N, H', W', C·multiplier]. Differentiable in both, at any dilation.
 *
 * @throws if shapes or types do not fit, if strides and dilation both exceed 1, or if the kernel exceeds the padded input.
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  options: WindowOptions = {},
): tf.Tensor4D {
  requireRank('depthwiseConv2d', 'kernel', kernel, 4, '[kernel height, kernel width, C, multiplier]');
  return tf.tidy(() => {
    const { x: padded, ...how } = prepareConvolution('depthwiseConv2d', x, kernel, options);
    const { strides, dilation, mode } = how;
    if (nativeBackend() === null) {
      return dilation === 1
        ? tf.depthwiseConv2d(padded, kernel, strides, mode)
        : composedAtrous(padded, kernel, dilation, mode, true);
    }
    if (dilation === 1) return nativeDepthwise(padded, kernel, how);
    const size = [kernel.shape[0], kernel.shape[1]] as const;
    return bySpaceToBatch(padded, size, dilation, mode, (batch) =>
      nativeDepthwise(batch, kernel, { strides: 1, dilation: 1, mode: 'valid' }),
    );
  });
}
