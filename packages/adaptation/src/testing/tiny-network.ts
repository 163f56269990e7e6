// A classifier of 4×4 pictures in one channel, 2 features and 3 classes, for the tests of what needs a real network.

import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { DomainNetwork, type DomainBatching } from '../domain-network.ts';
import type { TargetBatch } from '../method.ts';

export interface TinyNetworkOptions {
  /** Default `bn`. */
  recipe?: string;
  /** Default `separate`. */
  batching?: DomainBatching;
  /** Whether the recipe normalizes the features, which are vectors, too. Default false. */
  normalizedFeatures?: boolean;
}

/** Layers `backbone.conv`, `backbone.norm`, `bottleneck.fc`, `bottleneck.norm` and `classifier.fc`. */
export function tinyNetwork({
  recipe: name = 'bn',
  batching = 'separate',
  normalizedFeatures = false,
}: TinyNetworkOptions = {}): DomainNetwork {
  const recipe = parseRecipe(name, { onWarning: () => undefined });
  const image = tfl.input({ shape: [4, 4, 1], name: 'image' });
  const normalized = (x: tfl.SymbolicTensor, layer: string): tfl.SymbolicTensor =>
    (recipe.norm({ name: layer })?.apply(x) ?? x) as tfl.SymbolicTensor;
  const dense = (x: tfl.SymbolicTensor, layer: string, units: number, seed: number): tfl.SymbolicTensor =>
    tfl.layers
      .dense({ name: layer, units, kernelInitializer: tfl.initializers.glorotNormal({ seed }) })
      .apply(x) as tfl.SymbolicTensor;
  let x = recipe
    .conv({ name: 'backbone.conv', filters: 4, kernelSize: 3 })
    .apply(image) as tfl.SymbolicTensor;
  x = recipe.act({ name: 'backbone.act' }).apply(normalized(x, 'backbone.norm')) as tfl.SymbolicTensor;
  x = tfl.layers.flatten({ name: 'backbone.flatten' }).apply(x) as tfl.SymbolicTensor;
  let features = dense(x, 'bottleneck.fc', 2, 1);
  if (normalizedFeatures) features = normalized(features, 'bottleneck.norm');
  const model = tfl.model({ inputs: image, outputs: [features, dense(features, 'classifier.fc', 3, 2)] });
  return new DomainNetwork(model, batching);
}

/** Pictures [count, 4, 4, 1] that differ from each other and, by their `offset`, from domain to domain. */
export const tinyPictures = (count: number, offset = 0): tf.Tensor4D =>
  tf.tidy(() => {
    const waves = tf.sin(tf.mul(tf.range(0, count * 16), 0.37 + 0.05 * offset));
    return tf.reshape(tf.add(waves, offset), [count, 4, 4, 1]) as tf.Tensor4D;
  });

/** Batches of those pictures, of the given sizes, each freed when the next is asked for. */
export async function* tinyBatches(sizes: readonly number[], offset = 0): AsyncGenerator<TargetBatch> {
  const pictures = tinyPictures(
    sizes.reduce((a, b) => a + b, 0),
    offset,
  );
  let first = 0;
  try {
    for (const size of sizes) {
      const batch = {
        images: tf.slice(pictures, [first, 0, 0, 0], [size, -1, -1, -1]),
        indices: tf.tensor1d(
          Int32Array.from({ length: size }, (_, i) => first + i),
          'int32',
        ),
      };
      first += size;
      try {
        yield await Promise.resolve(batch);
      } finally {
        tf.dispose([batch.images, batch.indices]);
      }
    }
  } finally {
    pictures.dispose();
  }
}

/** All weights of a network by name, as arrays. */
export const weightValues = (network: DomainNetwork): Map<string, number[]> =>
  new Map(network.parameters().map(({ name, variable }) => [name, Array.from(variable.dataSync())]));
