/** A safetensors file such as torchvision's DeepLabv3 would give, of the network of a configuration with batch norm. */
import { encodeSafetensors, type SafeTensor } from '@plumbline/training';
import { tf } from '@plumbline/runtime';
import { writeFile } from 'node:fs/promises';
import { buildModel } from '../network/build-model.ts';
import { loadConfig } from '../config/load-config.ts';

const KINDS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  movingMean: 'running_mean',
  movingVariance: 'running_var',
};

/** Of a norm, values that differ from channel to channel and from what a new one has. */
const OF_NORMS: Readonly<Record<string, (channel: number) => number>> = {
  gamma: (channel) => 1 + 0.1 * Math.sin(channel),
  beta: (channel) => 0.05 * Math.cos(channel),
  movingMean: (channel) => 0.1 * Math.sin(2 * channel),
  movingVariance: (channel) => 1 + 0.3 * Math.cos(3 * channel),
};

/** torchvision's pooled branch begins with its pooling, which counts. */
const moduleOf = (layer: string, pooled: string): string =>
  layer.startsWith(`${pooled}.`) ? `${pooled}.${Number(layer.slice(pooled.length + 1)) + 1}` : layer;

/**
 * Writes it to `path`.
 *
 * @param set Assignments of the configuration; its recipe must be bn.
 * @param keep Which of the network's layers the file holds. Default: all.
 */
export async function torchvisionFile(
  path: string,
  set: readonly string[],
  keep: (layer: string) => boolean = () => true,
): Promise<string> {
  const config = await loadConfig({ set });
  const model = buildModel(config, 21);
  const pooled = `classifier.0.convs.${(config.model.atrousRates ?? [0, 0, 0]).length + 1}`;
  const tensors = new Map<string, SafeTensor>();
  for (const layer of model.layers.filter(({ name }) => keep(name))) {
    for (const weight of layer.weights) {
      const kind = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
      if (KINDS[kind] === undefined) continue;
      const value = tf.tidy(() =>
        weight.shape.length === 4
          ? tf.transpose(weight.read() as tf.Tensor4D, [3, 2, 0, 1])
          : tf.clone(weight.read()),
      );
      const made = OF_NORMS[kind];
      const read = Float32Array.from(value.dataSync());
      const data = made === undefined ? read : read.map((_, channel) => made(channel));
      tensors.set(`${moduleOf(layer.name, pooled)}.${KINDS[kind]}`, { shape: value.shape, data });
      value.dispose();
    }
  }
  model.dispose();
  await writeFile(path, Buffer.concat(encodeSafetensors({ tensors, metadata: {} })));
  return path;
}
