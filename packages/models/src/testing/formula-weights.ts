/** Weights by a formula of name and index, the same in `formula.py`; and a model's weights under torchvision's names. */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { WeightRecord } from '../weights/named-weights.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** `count` values in [−1, 1) from a 32-bit hash of name and index. */
export function mixed(count: number, name: string): Float64Array {
  let seed = 0;
  for (const character of name) seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.imul(i + seed, 2654435761);
    x ^= x >>> 15;
    x = Math.imul(x, 2246822519);
    x ^= x >>> 13;
    values[i] = (x >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** An array of a state dict. */
export function formulaWeight(name: string, shape: readonly number[]): WeightRecord {
  const bound = shape.length === 4 ? Math.sqrt(6 / sizeOf(shape.slice(1))) : null;
  const [offset, factor] =
    bound !== null
      ? [0, bound]
      : /(running_var|moving_variance)$/.test(name)
        ? [1, 0.5]
        : /(weight|gamma)$/.test(name)
          ? [0.5, 0.2]
          : [0, 0.1];
  const values = mixed(sizeOf(shape), name);
  for (let i = 0; i < values.length; i++) values[i] = offset + factor * (values[i] ?? NaN);
  return { shape, data: new Float32Array(values) };
}

/** [1, side, side, 3], from values in PyTorch's order [1, 3, side, side]. */
export function formulaImage(side: number): Float32Array {
  const planes = mixed(3 * side * side, 'image');
  return new Float32Array(planes.length).map(
    (_, i) => planes[(i % 3) * side * side + Math.floor(i / 3)] ?? NaN,
  );
}

const KINDS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  depthwiseKernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  movingMean: 'running_mean',
  movingVariance: 'running_var',
};

/** The name in torchvision's state dict of a weight of a model with batch normalization. */
function torchvisionName(layer: string, weight: string): string {
  // torchvision's pooled branch begins with its pooling.
  const [, branch, member] = /^(classifier\.(?:0|aspp)\.convs\.4)\.(\d)$/.exec(layer) ?? [];
  const module = branch === undefined ? layer : `${branch}.${Number(member) + 1}`;
  return `${module}.${KINDS[weight] ?? ''}`;
}

/** A state dict of torchvision's shapes for a model with batch normalization, filled by the formula. */
export function formulaStateDict(model: tfl.LayersModel): Map<string, WeightRecord> {
  const records = new Map<string, WeightRecord>();
  for (const layer of model.layers) {
    for (const { originalName, shape } of layer.weights) {
      const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
      if (KINDS[weight] === undefined) continue;
      const name = torchvisionName(layer.name, weight);
      const [height = 0, width = 0, channels = 0, filters = 0] = shape as number[];
      const isKernel = shape.length === 4;
      const depthwise = [channels * filters, 1, height, width];
      const full = [filters, channels, height, width];
      const kernel = weight === 'depthwiseKernel' ? depthwise : full;
      records.set(name, formulaWeight(name, isKernel ? kernel : (shape as number[])));
    }
  }
  return records;
}

/** Fills a model without depthwise convolutions by the formula, each weight by its name in the state dict. */
export function setFormulaWeights(model: tfl.LayersModel): void {
  const records = formulaStateDict(model);
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      const { originalName } = variable;
      const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
      const record = records.get(torchvisionName(layer.name, weight));
      if (record === undefined) continue;
      tf.tidy(() => {
        const values = tf.tensor(record.data, [...record.shape]);
        variable.write(values.rank === 4 ? tf.transpose(values, [2, 3, 1, 0]) : values);
      });
    }
  }
}
