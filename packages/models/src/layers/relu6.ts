// The clipped rectifier min(max(x, 0), 6) (Krizhevsky 2010; in MobileNets since Howard et al. 2017, arXiv:1704.04861).

import { onlyShape, onlyTensor } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** min(max(x, 0), 6), element by element, for any shape. */
export class Relu6 extends tfl.layers.Layer {
  static className = 'PlumblineRelu6';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.relu6(onlyTensor(inputs, this.name)));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }
}
tf.serialization.registerClass(Relu6);
