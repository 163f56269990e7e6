// A convolution in groups as a stock one, which has none: with zeros where a filter does not see a channel.
//
// The kernel [kh, kw, Cin / groups, filters] becomes [kh, kw, Cin, filters], so the layer's weights and its work grow by the
// number of groups.

import { applyTo, type NormConv2D } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** `kernel` [kh, kw, Cin / groups, filters] with zeros between the groups, [kh, kw, Cin, filters]. */
function withZeros(kernel: tf.Tensor4D, groups: number): tf.Tensor {
  const [, , channels] = kernel.shape;
  const around = (part: tf.Tensor, g: number): tf.Tensor =>
    tf.pad(part, [[0, 0], [0, 0], [g * channels, (groups - 1 - g) * channels], [0, 0]]); // prettier-ignore
  return tf.concat(tf.split(kernel, groups, 3).map(around), 3);
}

/** The same function as `layer`, whose kernel no normalizer changes any more. */
export function stockGroupedConvolution(layer: NormConv2D, input: tfl.SymbolicTensor): tfl.SymbolicTensor[] {
  const { name, filters, groups, kernelSize, strides, padding, dilation, useBias } = layer;
  const isNamed = padding === 'same' || padding === 'valid';
  const convolution = tfl.layers.conv2d({
    name,
    filters,
    kernelSize: [...kernelSize],
    strides,
    padding: isNamed ? padding : 'valid',
    dilationRate: dilation,
    useBias,
    kernelInitializer: 'zeros',
  });
  const padded = isNamed ? [input] : applyTo(zerosAround(name, padding), [input]);
  const outputs = applyTo(convolution, padded);
  tf.tidy(() => {
    const bias = layer.effectiveBias();
    const kernel = withZeros(layer.effectiveKernel(), groups);
    convolution.setWeights(bias === null ? [kernel] : [kernel, bias]);
  });
  return outputs;
}

function zerosAround(name: string, padding: number | readonly [number, number]): tfl.layers.Layer {
  const [height, width] = typeof padding === 'number' ? [padding, padding] : padding;
  const edges: [[number, number], [number, number]] = [
    [height, height],
    [width, width],
  ];
  return tfl.layers.zeroPadding2d({ name: `${name}_padding`, padding: edges });
}
