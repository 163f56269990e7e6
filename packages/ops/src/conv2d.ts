/**
 * 2-D convolution that can be trained at any dilation ("atrous").
 *
 *   y[n,i,j,o] = Σ_{a,b,c} x[n, s·i + d·a − p, s·j + d·b − p, c] · kernel[a,b,c,o]
 *
 * TensorFlow.js refuses gradients for d > 1. TensorFlow has them; on other backends they are composed. Atrous
 * convolution: Chen et al., 2016, arXiv 1606.00915.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './checks.ts';
import { composedAtrous } from './composed-atrous.ts';
import { convolutionAttributes, prepareConvolution, type Conv2dOptions } from './conv-arguments.ts';
import { nativeBackend, type NativeBackend } from './native-backend.ts';
import { defineNativeConvolution } from './native-convolution.ts';

const cudnn = { use_cudnn_on_gpu: true };

const nativeConv2d = defineNativeConvolution({
  name: 'PlumblineConv2d',
  operation: 'Conv2D',
  extra: cudnn,
});

/** Whether this build of TensorFlow can train a dilated convolution; on a CPU that takes oneDNN. Asked once. */
let dilatedGradients: boolean | null = null;

function hasDilatedGradients(native: NativeBackend): boolean {
  dilatedGradients ??= tf.tidy(() => {
    const probe = tf.ones([1, 3, 3, 1]);
    const options = convolutionAttributes(native, { strides: 1, dilation: 2, mode: 'same' }, cudnn);
    try {
      const inputs = [probe, tf.tensor1d([3, 3, 1, 1], 'int32'), probe];
      // Read, because operations may be deferred: then only this runs it.
      native.executeSingleOutput('Conv2DBackpropFilter', options, inputs).dataSync();
      return true;
    } catch {
      return false;
    }
  });
  return dilatedGradients;
}

/**
 * Convolves `x` [N, H, W, Cin] with `kernel` [kh, kw, Cin, Cout] into [N, H', W', Cout]. Differentiable in both, at any
 * dilation.
 *
 * @throws if shapes or types do not fit, if strides and dilation both exceed 1, or if the kernel exceeds the padded input.
 */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  requireRank('conv2d', 'kernel', kernel, 4, '[kernel height, kernel width, Cin, Cout]');
  return tf.tidy(() => {
    const { x: padded, ...how } = prepareConvolution('conv2d', x, kernel, options);
    const native = nativeBackend();
    if (native !== null && (how.dilation === 1 || hasDilatedGradients(native))) {
      return nativeConv2d(padded, kernel, how);
    }
    return how.dilation === 1
      ? tf.conv2d(padded, kernel, how.strides, how.mode)
      : composedAtrous(padded, kernel, how.dilation, how.mode, false);
  });
}
