/**
 * 2-D convolution that can be trained at any dilation ("atrous") and in any number of groups.
 *
 *   y[n,i,j,o] = Σ_{a,b,c} x[n, s·i + d·a − p, s·j + d·b − p, g·C + c] · kernel[a,b,c,o]
 *
 * over the C channels of the group g that filter o is in: with G groups, the first Cin/G channels belong to the first
 * Cout/G filters, and so on. TensorFlow.js refuses gradients for d > 1 and has no groups. TensorFlow has both; on other
 * backends they are composed. Atrous convolution: Chen et al., 2016, arXiv 1606.00915. Groups: Xie et al., 2016,
 * arXiv 1611.05431.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './checks.ts';
import { composedAtrous } from './composed-atrous.ts';
import {
  convolutionAttributes,
  prepareConvolution,
  type Conv2dOptions,
  type ConvolutionWindow,
} from './conv-arguments.ts';
import { nativeBackend, type NativeBackend } from './native-backend.ts';
import { defineNativeConvolution } from './native-convolution.ts';
import { at } from './native-kernel.ts';

const cudnn = { use_cudnn_on_gpu: true };

const nativeConv2d = defineNativeConvolution({
  name: 'PlumblineConv2d',
  operation: 'Conv2D',
  extra: cudnn,
});

/** What not every build of TensorFlow can train; a CPU takes oneDNN for both. */
interface Demand {
  readonly dilated: boolean;
  readonly grouped: boolean;
}

/** Whether this one can, each asked once. */
const trained = new Map<string, boolean>();

function hasGradients(native: NativeBackend, demand: Demand): boolean {
  const key = JSON.stringify(demand);
  const known = trained.get(key) ?? probe(native, demand);
  trained.set(key, known);
  return known;
}

const probe = (native: NativeBackend, { dilated, grouped }: Demand): boolean =>
  tf.tidy(() => {
    const channels = grouped ? 2 : 1;
    const map = tf.ones([1, 3, 3, channels]);
    const window = { strides: 1, dilation: dilated ? 2 : 1, mode: 'same' } as const;
    const options = convolutionAttributes(native, window, cudnn);
    try {
      const inputs = [map, tf.tensor1d([3, 3, 1, channels], 'int32'), map];
      // Read, because operations may be deferred: then only this runs it.
      native.executeSingleOutput('Conv2DBackpropFilter', options, inputs).dataSync();
      return true;
    } catch {
      return false;
    }
  });

/** A prepared convolution in one piece, where the backend can train it in one. */
function convolve(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  window: ConvolutionWindow,
  groups: number,
): tf.Tensor4D {
  const native = nativeBackend();
  const demand = { dilated: window.dilation > 1, grouped: groups > 1 };
  if (native !== null && ((!demand.dilated && !demand.grouped) || hasGradients(native, demand))) {
    return nativeConv2d(x, kernel, window);
  }
  if (demand.grouped) {
    const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
    const parts = tf
      .split<tf.Tensor4D>(x, groups, 3)
      .map((part, g) => convolve(part, at(kernels, g) as tf.Tensor4D, window, 1));
    return tf.concat(parts, 3);
  }
  return demand.dilated
    ? composedAtrous(x, kernel, window.dilation, window.mode, false)
    : tf.conv2d(x, kernel, window.strides, window.mode);
}

/**
 * Convolves `x` [N, H, W, Cin] with `kernel` [kh, kw, Cin / groups, Cout] into [N, H', W', Cout]. Differentiable in both,
 * at any dilation and with any groups.
 *
 * @throws if shapes or types do not fit, if strides and dilation both exceed 1, if the groups do not divide channels and
 * filters, or if the kernel exceeds the padded input.
 */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  requireRank('conv2d', 'kernel', kernel, 4, '[kernel height, kernel width, Cin / groups, Cout]');
  return tf.tidy(() => {
    const { x: padded, ...window } = prepareConvolution('conv2d', x, kernel, options);
    return convolve(padded, kernel, window, options.groups ?? 1);
  });
}
