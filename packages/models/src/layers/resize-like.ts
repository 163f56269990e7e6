/**
 * Bilinear resize of the first input to the height and width of the second, with aligned corners.
 *
 * Aligned corners are DeepLab's own convention (maps of k·outputStride + 1 pixels); TF.js's gradient of the
 * half-pixel convention is wrong without a message, so that is not offered.
 */
import { resizeBilinear } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** The two tensors a two-input layer was called with. */
function twoTensors(inputs: tf.Tensor | tf.Tensor[], layer: string): [tf.Tensor4D, tf.Tensor4D] {
  const [first, second] = Array.isArray(inputs) ? inputs : [inputs];
  if (first === undefined || second === undefined) {
    throw new Error(`Layer "${layer}" takes two tensors: the map to change and the one whose size it takes.`);
  }
  return [first as tf.Tensor4D, second as tf.Tensor4D];
}

export class ResizeLike extends tfl.layers.Layer {
  static className = 'PlumblineResizeLike';

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [map, like] = inputShape as tfl.Shape[];
    return [map?.[0] ?? null, like?.[1] ?? null, like?.[2] ?? null, map?.[3] ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [map, like] = twoTensors(inputs, this.name);
    return resizeBilinear(map, [like.shape[1], like.shape[2]]);
  }
}
tf.serialization.registerClass(ResizeLike);
