/**
 * The same networks of TensorFlow.js' own layers, loss and optimizer alone. It has no weight decay in its optimizers, which saves
 * a pass over the weights here.
 */
import { tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';
import { CLASSES, normalizesPooled, OPTIMIZER, type Case } from '../protocol.ts';
import { timed, type Role } from './serve.ts';
import { about, noise, parametersOf, settle } from './tensorflow.ts';

interface UnitOptions {
  readonly kernelSize?: number;
  readonly strides?: number;
  readonly dilationRate?: number;
  readonly relu?: boolean;
  readonly norm?: boolean;
}

function unit(x: tfl.SymbolicTensor, filters: number, options: UnitOptions = {}): tfl.SymbolicTensor {
  const { kernelSize = 1, strides = 1, dilationRate = 1, relu = true, norm = true } = options;
  // At sizes k·32 + 1, 'same' pads symmetrically also where there is a stride.
  const window = { filters, kernelSize, strides, dilationRate, padding: 'same' as const };
  let y = tfl.layers.conv2d({ ...window, useBias: !norm }).apply(x) as tfl.SymbolicTensor;
  if (norm) y = tfl.layers.batchNormalization().apply(y) as tfl.SymbolicTensor;
  return relu ? (tfl.layers.reLU().apply(y) as tfl.SymbolicTensor) : y;
}

function bottleneck(
  x: tfl.SymbolicTensor,
  width: number,
  strides: number,
  dilationRate: number,
): tfl.SymbolicTensor {
  let y = unit(x, width);
  y = unit(y, width, { kernelSize: 3, strides, dilationRate });
  y = unit(y, 4 * width, { relu: false });
  const fits = strides === 1 && x.shape[3] === 4 * width;
  const shortcut = fits ? x : unit(x, 4 * width, { strides, relu: false });
  const sum = tfl.layers.add().apply([y, shortcut]) as tfl.SymbolicTensor;
  return tfl.layers.reLU().apply(sum) as tfl.SymbolicTensor;
}

function pyramid(x: tfl.SymbolicTensor, normalizesPool: boolean): tfl.SymbolicTensor {
  const side = x.shape[1] ?? 1;
  const channels = x.shape[3] ?? 1;
  const mean = tfl.layers.globalAveragePooling2d({}).apply(x) as tfl.SymbolicTensor;
  const pixel = tfl.layers.reshape({ targetShape: [1, 1, channels] }).apply(mean) as tfl.SymbolicTensor;
  const pooled = unit(pixel, 256, { norm: normalizesPool });
  const branches = [
    unit(x, 256),
    ...[6, 12, 18].map((dilationRate) => unit(x, 256, { kernelSize: 3, dilationRate })),
    tfl.layers.upSampling2d({ size: [side, side] }).apply(pooled) as tfl.SymbolicTensor,
  ];
  const projected = unit(tfl.layers.concatenate().apply(branches) as tfl.SymbolicTensor, 256);
  const dropped = tfl.layers.dropout({ rate: 0.5 }).apply(projected) as tfl.SymbolicTensor;
  return unit(dropped, 256, { kernelSize: 3 });
}

/** Logits at the output stride. */
export function stockNetwork(of: Case): tfl.LayersModel {
  const image = tfl.input({ shape: [of.size, of.size, 3] });
  let x = unit(image, 64, { kernelSize: 7, strides: 2 });
  x = tfl.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x) as tfl.SymbolicTensor;
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const isDilated = of.network === 'deeplab' && stage === 3;
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 && stage > 0 && !isDilated ? 2 : 1;
      x = bottleneck(x, 64 * 2 ** stage, strides, isDilated && block > 0 ? 2 : 1);
    }
  });
  if (of.network === 'deeplab') x = pyramid(x, normalizesPooled(of));
  return tfl.model({ inputs: image, outputs: unit(x, CLASSES, { norm: false, relu: false }) });
}

export const stock: Role = (of) => {
  if (of.recipe !== 'bn') throw new Error(`Stock TensorFlow.js has no layer for "${of.recipe}"; ask for bn.`);
  const model = stockNetwork(of);
  const { images, labels } = noise(of);
  const optimizer = tf.train.momentum(OPTIMIZER.learningRate, OPTIMIZER.momentum);
  const loss = (): tf.Scalar => {
    const coarse = model.apply(images, { training: true }) as tf.Tensor4D;
    const logits = tf.image.resizeBilinear(coarse, [of.size, of.size], true);
    const target = tf.oneHot(tf.reshape(labels, [-1]) as tf.Tensor1D, CLASSES);
    return tf.losses.softmaxCrossEntropy(target, tf.reshape(logits, [-1, CLASSES]));
  };
  const step = (): void => {
    const cost = optimizer.minimize(loss, true);
    if (cost !== null) settle(cost);
  };
  return Promise.resolve({
    about: about(),
    parameters: parametersOf(model),
    flop: null,
    run: timed(() => {
      tf.tidy(step);
    }),
    problem: () => null,
  });
};
