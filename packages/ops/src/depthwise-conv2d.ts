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
import {
  convolutionAttributes,
  prepareConvolution,
  type Conv2dOptions,
  type PreparedConvolution,
} from './conv-arguments.ts';
import { nativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';
import { bySpaceToBatch } from './space-to-batch.ts';

type NativeAttributes = Omit<PreparedConvolution, 'x'>;

const nativeDepthwise = defineNativeKernel<'x' | 'kernel', NativeAttributes>({
  name: 'PlumblineDepthwiseConv2d',
  savedInputs: ['x', 'kernel'],
  forward: (native, { x, kernel }, attrs) => [
    native.executeSingleOutput('DepthwiseConv2dNative', convolutionAttributes(native, attrs), [x, kernel]),
  ],
  gradient: (native, dys, saved, attrs) => {
    const [dy, x, kernel] = [at(dys, 0), at(saved, 0), at(saved, 1)];
    const options = convolutionAttributes(native, attrs);
    return {
      x: () =>
        native.executeSingleOutput('DepthwiseConv2dNativeBackpropInput', options, [
          tf.tensor1d(x.shape, 'int32'),
          kernel,
          dy,
        ]),
      kernel: () =>
        native.executeSingleOutput('DepthwiseConv2dNativeBackpropFilter', options, [
          x,
          tf.tensor1d(kernel.shape, 'int32'),
          dy,
        ]),
    };
  },
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
  options: Conv2dOptions = {},
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
    const plain = (input: tf.Tensor4D, attrs: NativeAttributes): tf.Tensor4D =>
      at(nativeDepthwise({ x: input, kernel }, attrs), 0) as tf.Tensor4D;
    if (dilation === 1) return plain(padded, how);
    const size = [kernel.shape[0], kernel.shape[1]] as const;
    return bySpaceToBatch(padded, size, dilation, mode, (batch) =>
      plain(batch, { strides: 1, dilation: 1, mode: 'valid' }),
    );
  });
}
