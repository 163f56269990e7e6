// A classifier of a few hundred weights with a residual block, batches for it, and what its state is.

import { activationsOf, connect, parseRecipe, type RecipeOptions, type Signal } from '@plumbline/norm';
import { namedVariables } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { LabelledBatch } from './gradient-probe.ts';

export const recipes = ['bn', 'gn', 'wa', 'wa+gn', 'pws', 'mabn', 'bkn', 'none'] as const;

/** [N,6,6,2] → 3 logits: conv1, bn1, relu1, then conv2, bn2 beside a shortcut, add, relu2, mean, fc. */
export function tinyNetwork(recipeName: string, options: RecipeOptions = {}): tfl.LayersModel {
  const recipe = parseRecipe(recipeName, { seed: 3, groups: 2, onWarning: () => undefined, ...options });
  const unit = (x: Signal, index: number): Signal => {
    const convolved = connect(recipe.conv({ name: `conv${index}`, filters: 4, kernelSize: 3 }), x);
    const norm = recipe.norm({ name: `bn${index}` });
    return norm === null ? convolved : connect(norm, convolved);
  };
  const image = tfl.input({ shape: [6, 6, 2] });
  const first = connect(recipe.act({ name: 'relu1' }), unit(image, 1));
  const sum = connect(recipe.add({ name: 'add' }), [unit(first, 2), first]);
  const last = activationsOf(connect(recipe.act({ name: 'relu2' }), sum));
  const pooled = tfl.layers.globalAveragePooling2d({ name: 'mean' }).apply(last) as tfl.SymbolicTensor;
  const kernelInitializer = tfl.initializers.randomNormal({ stddev: 0.5, seed: 8 });
  const fc = tfl.layers.dense({ units: 3, name: 'fc', kernelInitializer });
  return tfl.model({ inputs: image, outputs: fc.apply(pooled) as tfl.SymbolicTensor });
}

/** Images from N(0.3, 1) and classes, another batch for another seed, from 1: TF.js takes 0 for none. */
export const tinyBatch = (count: number, seed: number): LabelledBatch => ({
  images: tf.randomNormal([count, 6, 6, 2], 0.3, 1, 'float32', seed),
  labels: tf.tensor1d(
    Array.from({ length: count }, (_, i) => (i + seed) % 3),
    'int32',
  ),
});

/** Every weight of `model`, running statistics and counters too, bit by bit. */
export const stateOf = (model: tfl.LayersModel): Record<string, number[]> =>
  Object.fromEntries(
    namedVariables(model).map(({ name, variable }) => [
      name,
      [...new Uint8Array((variable.dataSync() as Float32Array).slice().buffer)],
    ]),
  );

/** How many tensors `work` leaves behind. */
export async function tensorsLeftBy(work: () => Promise<unknown>): Promise<number> {
  const before = tf.memory().numTensors;
  await work();
  return tf.memory().numTensors - before;
}
