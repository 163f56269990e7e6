/** A network whose answer is known: a 1×1 convolution that says 1 where a pixel is above the mean colour, else 0. */
import { tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';

export function brightnessModel(): tfl.LayersModel {
  const input = tfl.input({ shape: [null, null, 3] });
  const layer = tfl.layers.conv2d({ filters: 2, kernelSize: 1, useBias: false });
  const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
  const kernel = [0, 1, 2].flatMap(() => [-1, 1]);
  layer.setWeights([tf.tensor4d(kernel, [1, 1, 3, 2])]);
  return model;
}
