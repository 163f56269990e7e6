/** A network whose answer depends on where a pixel lies in its input: what a translation or a window changes shows. */
import { tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';

/** Logits [brightness, brightness · x / width + y / height] of a pixel at (x, y) of an input, from its own red channel. */
class PositionLogits extends tfl.layers.Layer {
  static className = 'PositionLogits';

  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return [...shape.slice(0, 3), 2];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [image] = (Array.isArray(inputs) ? inputs : [inputs]) as [tf.Tensor4D];
      const [, height, width] = image.shape;
      const red = tf.slice(image, [0, 0, 0, 0], [1, height, width, 1]);
      const x = tf.reshape(tf.linspace(0, 1, width), [1, 1, width, 1]);
      const y = tf.reshape(tf.linspace(0, 1, height), [1, height, 1, 1]);
      return tf.concat([red, tf.add(tf.mul(red, x), y)], -1);
    });
  }
}

export function positionModel(): tfl.LayersModel {
  const input = tfl.input({ shape: [null, null, 3] });
  return tfl.model({ inputs: input, outputs: new PositionLogits().apply(input) as tfl.SymbolicTensor });
}
