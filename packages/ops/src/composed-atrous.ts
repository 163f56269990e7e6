/**
 * A dilated convolution on TensorFlow.js operations alone: the forward pass that every backend has, which TensorFlow.js
 * refuses to differentiate, with gradients composed of other operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  depthwiseFilterGradient,
  depthwiseInputGradient,
  filterGradient,
  inputGradient,
} from './conv-gradients.ts';
import { wasmFilterGradient, wasmInputGradient } from './wasm-convolution-gradients.ts';

/** The functions that fit the kind of convolution, and the backend. */
function gradientsFor(depthwise: boolean) {
  if (depthwise) return { inputSlope: depthwiseInputGradient, filterSlope: depthwiseFilterGradient };
  return tf.getBackend() === 'wasm'
    ? { inputSlope: wasmInputGradient, filterSlope: wasmFilterGradient }
    : { inputSlope: inputGradient, filterSlope: filterGradient };
}

/** Convolves `x` [N, H, W, C] with a kernel [kh, kw, Cin, Cout], or depthwise [kh, kw, C, multiplier], at stride 1. */
export function composedAtrous(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  dilation: number,
  mode: 'same' | 'valid',
  depthwise: boolean,
): tf.Tensor4D {
  const geometry = tf.backend_util.computeConv2DInfo(
    x.shape,
    kernel.shape,
    1,
    dilation,
    mode,
    undefined,
    depthwise,
  );
  const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  const { inputSlope, filterSlope } = gradientsFor(depthwise);
  const atrous = tf.customGrad((...args) => {
    const [input, filter, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([input, filter]);
    return {
      value: convolve(input, filter, 1, mode, 'NHWC', dilation),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedInput, savedFilter] = saved as [tf.Tensor4D, tf.Tensor4D];
        return [
          tf.tidy(() => inputSlope(dy as tf.Tensor4D, savedFilter, geometry)),
          tf.tidy(() => filterSlope(savedInput, dy as tf.Tensor4D, geometry)),
        ];
      },
    };
  });
  return atrous(x, kernel) as tf.Tensor4D;
}
