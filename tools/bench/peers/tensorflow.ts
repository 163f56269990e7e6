/** What the peers on TensorFlow.js share: input, facts, what a step costs by definition. */
import { leafLayers, NormConv2D, watchInputs, type InputWatcher } from '@plumbline/norm';
import { environmentReport, tf } from '@plumbline/runtime';
import type * as tfl from '@tensorflow/tfjs-layers';
import { CLASSES, type About, type Case } from '../protocol.ts';

/** A batch of noise; a type, so that a captured step takes it for a container of tensors. */
export type Batch = { images: tf.Tensor4D; labels: tf.Tensor3D };

/** The caller's: images [N, H, W, 3], labels [N, H, W], none of them void. */
export function noise({ batch, size }: Case): Batch {
  return tf.tidy(() => ({
    images: tf.randomNormal([batch, size, size, 3], 0, 1, 'float32', 1) as tf.Tensor4D,
    labels: tf.cast(
      tf.floor(tf.randomUniform([batch, size, size], 0, CLASSES, 'float32', 2)),
      'int32',
    ) as tf.Tensor3D,
  }));
}

/** Waits until `x` and all that was begun before it is computed; a GPU answers earlier. */
export const settle = (x: tf.Tensor): void => {
  tf.tidy(() => tf.slice(tf.reshape(x, [-1]), 0, 1).dataSync());
};

export function about(): About {
  const { node, platform, backend, threads, cpu, totalMemoryBytes, packages } = environmentReport();
  return {
    Processor: `${cpu.model}, ${cpu.cores} cores, ${cpu.features.join(' ') || 'no features reported'}`,
    Memory: `${(totalMemoryBytes / 2 ** 30).toFixed(0)} GiB`,
    Platform: `${platform}, Node ${node}`,
    'TensorFlow.js': `${packages['@tensorflow/tfjs'] ?? 'unknown'} on ${backend.name}, ${
      backend.libtensorflow === null ? 'no libtensorflow' : `libtensorflow ${backend.libtensorflow}`
    }, ${backend.device.kind === 'gpu' ? backend.device.name : 'CPU'}, ${threads.intraOp} threads inside an operation, ${threads.interOp} across`,
  };
}

/** Trainable values. */
export const parametersOf = (model: tfl.LayersModel): number =>
  model.trainableWeights.reduce((sum, { shape }) => sum + shape.reduce<number>((n, d) => n * (d ?? 1), 1), 0);

/** Additions and multiplications of the convolutions of one forward pass, each by its definition. */
export function forwardFlop(model: tfl.LayersModel, of: Case): number {
  let multiplications = 0;
  const watchers = new Map<tfl.layers.Layer, InputWatcher>();
  for (const { layer } of leafLayers(model)) {
    if (!(layer instanceof NormConv2D)) continue;
    watchers.set(layer, ({ shape }) => {
      const outputs = (layer.computeOutputShape(shape) as number[]).reduce((n, d) => n * d, 1);
      const [height, width] = layer.kernelSize;
      multiplications += outputs * height * width * (shape[3] ?? 0);
      return 'go on';
    });
  }
  const { images, labels } = noise(of);
  watchInputs(model, images, watchers);
  tf.dispose([images, labels]);
  return 2 * multiplications;
}
