// The rectifier max(x, 0) as a layer with the fast gradient of @plumbline/ops.

import { relu } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { onlyShape, onlyTensor } from './layer-arguments.ts';

/** max(x, 0), element by element, for any shape. */
export class Relu extends tfl.layers.Layer {
  static className = 'Relu';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => relu(onlyTensor(inputs, this.name)));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }
}

tf.serialization.registerClass(Relu);
