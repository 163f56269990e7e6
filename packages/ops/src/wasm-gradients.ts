/**
 * Gradient kernels that TensorFlow.js's "wasm" backend lacks, so that it can train: convolution and depthwise
 * convolution for the filter, depthwise convolution for the input. Two that it has are replaced: the convolution's input
 * gradient by a much faster one, max pooling's by a correct one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { depthwiseFilterGradient, depthwiseInputGradient, type ConvGeometry } from './conv-gradients.ts';
import { wasmFilterGradient, wasmInputGradient } from './wasm-convolution-gradients.ts';
import { maxPoolGradient } from './wasm-max-pool-gradient.ts';

type Shape4D = [number, number, number, number];

/** What TensorFlow.js passes to these kernels; which of the sizes depends on the kernel. */
interface GradientAttributes {
  strides: [number, number] | number;
  pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  dilations?: [number, number] | number;
  filterShape: Shape4D;
  inputShape: Shape4D;
  filterSize: [number, number] | number;
}

type Inputs = Readonly<Record<'x' | 'dy' | 'filter' | 'input', tf.Tensor4D>>;

function geometryOf(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, pad, dataFormat, dimRoundingMode, dilations = 1 }: GradientAttributes,
  depthwise: boolean,
): ConvGeometry {
  if (dataFormat === 'NCHW') {
    throw new Error('The "wasm" convolution gradients got data in NCHW order; they take NHWC only.');
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/**
 * Registers the kernels for the "wasm" backend; calling it again does nothing. Call it after
 * `@tensorflow/tfjs-backend-wasm` is imported, which registers the two replaced ones.
 */
export function registerWasmGradients(): void {
  if (tf.getKernel(tf.Conv2DBackpropFilter, 'wasm') !== undefined) return;
  for (const replaced of [tf.Conv2DBackpropInput, tf.MaxPoolGrad]) {
    if (tf.getKernel(replaced, 'wasm') !== undefined) tf.unregisterKernel(replaced, 'wasm');
  }
  const register = (
    kernelName: string,
    compute: (inputs: Inputs, attributes: GradientAttributes) => tf.Tensor4D,
  ): void =>
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => compute(inputs as unknown as Inputs, attrs as unknown as GradientAttributes)),
    });
  register(tf.Conv2DBackpropFilter, ({ x, dy }, attributes) =>
    wasmFilterGradient(x, dy, geometryOf(x.shape, attributes.filterShape, attributes, false)),
  );
  register(tf.Conv2DBackpropInput, ({ dy, filter }, attributes) =>
    wasmInputGradient(dy, filter, geometryOf(attributes.inputShape, filter.shape, attributes, false)),
  );
  register(tf.DepthwiseConv2dNativeBackpropFilter, ({ x, dy }, attributes) =>
    depthwiseFilterGradient(x, dy, geometryOf(x.shape, attributes.filterShape, attributes, true)),
  );
  register(tf.DepthwiseConv2dNativeBackpropInput, ({ dy, filter }, attributes) =>
    depthwiseInputGradient(dy, filter, geometryOf(attributes.inputShape, filter.shape, attributes, true)),
  );
  register(tf.MaxPoolGrad, ({ input, dy }, { filterSize, strides, pad, dimRoundingMode }) =>
    maxPoolGradient(
      input,
      dy,
      tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode),
    ),
  );
}
