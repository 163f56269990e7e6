// Group, layer and instance normalization in stock layers, for maps of a known size.
//
// Stock LayerNormalization normalizes any axes, but only of tensors up to rank 4, and loses a digit where they are not the
// last ones, as TensorFlow then sums one number after the other. So groups go to the front, [G, h·w, C/G]; the scale and the
// offset of every channel are stock batch normalization with mean 0 and variance 1.

import { applyTo, largestGroupCount, type GroupNorm } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { knownShape } from './known-shape.ts';

/** The same function as `layer`, for the size that `input` has; the layer with γ and β takes its name. */
export function stockGroupNorm(layer: GroupNorm, input: tfl.SymbolicTensor): tfl.SymbolicTensor[] {
  const { name, epsilon } = layer;
  const [height, width, channels] = knownShape(input, layer);
  const groups = largestGroupCount(channels, layer.groups === 'channels' ? channels : layer.groups);
  const grouped = [height * width, groups, channels / groups];
  const split = tfl.layers.reshape({ name: `${name}_groups`, targetShape: grouped });
  const toFront = tfl.layers.permute({ name: `${name}_front`, dims: [2, 1, 3] });
  const normalize = tfl.layers.layerNormalization({
    name: `${name}_statistics`,
    axis: [2, 3],
    epsilon,
    center: false,
    scale: false,
  });
  const back = tfl.layers.permute({ name: `${name}_back`, dims: [2, 1, 3] });
  const toMaps = tfl.layers.reshape({ name: `${name}_maps`, targetShape: [height, width, channels] });
  const affine = tfl.layers.batchNormalization({ name, epsilon: 0 });
  const outputs = [split, toFront, normalize, back, toMaps, affine].reduce(
    (x, next) => applyTo(next, x),
    [input],
  );
  tf.tidy(() => {
    affine.setWeights([...layer.getWeights(), tf.zeros([channels]), tf.ones([channels])]);
  });
  return outputs;
}
