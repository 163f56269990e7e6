import { onlyShape, onlyTensor } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Mean over height and width, kept as a 1×1 map: [N,H,W,C] → [N,1,1,C]. */
export class GlobalAverage extends tfl.layers.Layer {
  static className = 'PlumblineGlobalAverage';

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, , , channels] = onlyShape(inputShape, this.name);
    return [batch ?? null, 1, 1, channels ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mean(onlyTensor(inputs, this.name), [1, 2], true);
  }
}
tf.serialization.registerClass(GlobalAverage);
