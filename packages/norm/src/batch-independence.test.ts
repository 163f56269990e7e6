// With statistics of weights or of single samples, the gradient of a batch is the mean of its images' gradients: small
// batches and gradient accumulation lose nothing. With batch statistics it is not.

import { softmaxCrossEntropy } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NormConv2D } from './layers/norm-conv2d.ts';
import { parseRecipe, type Recipe } from './recipe/recipe.ts';

const IMAGES = 3;
const SIZE = 9;
const CLASSES = 4;
const VOID = 255;

/** A stem, a residual block with an atrous convolution, and a plain convolution to logits at half the input's size. */
function smallNet(recipe: Recipe): tfl.LayersModel {
  const connect = (layer: tfl.layers.Layer | null, x: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    layer === null ? x : (layer.apply(x) as tfl.SymbolicTensor);
  const input = tfl.input({ shape: [null, null, 3] });
  let x = connect(recipe.conv({ name: 'conv1', filters: 8, kernelSize: 3, strides: 2, padding: 1 }), input);
  x = connect(recipe.act({ name: 'relu1' }), connect(recipe.norm({ name: 'norm1' }), x));
  let branch = connect(recipe.conv({ name: 'conv2', filters: 8, kernelSize: 3, dilation: 2, padding: 2 }), x);
  branch = connect(recipe.norm({ name: 'norm2' }), branch);
  const sum = tfl.layers.add({ name: 'sum' }).apply([x, branch]) as tfl.SymbolicTensor;
  const head = new NormConv2D({ name: 'logits', filters: CLASSES, kernelSize: 1, seed: 3 });
  return tfl.model({ inputs: input, outputs: connect(head, connect(recipe.act({ name: 'relu2' }), sum)) });
}

/** Random labels [1, h, w], of which `voidPixels` do not count. */
const labelsOf = (image: number, voidPixels: number): tf.Tensor3D => {
  const side = Math.ceil(SIZE / 2);
  const classes = Array.from({ length: side * side }, (_, i) =>
    i < voidPixels ? VOID : (7 * i + 3 * image + ((i * i) % 5)) % CLASSES,
  );
  return tf.tensor3d(classes, [1, side, side], 'int32');
};

type Gradients = Record<string, Float32Array>;

function gradientsOf(model: tfl.LayersModel, images: tf.Tensor[], labels: tf.Tensor3D[]): Gradients {
  const { grads } = tf.variableGrads(() => {
    const logits = model.apply(tf.concat(images), { training: true }) as tf.Tensor4D;
    return softmaxCrossEntropy(logits, tf.concat(labels), { ignoreLabel: VOID }).loss;
  });
  return Object.fromEntries(
    Object.entries(grads).map(([name, gradient]) => [name, gradient.dataSync() as Float32Array]),
  );
}

/** The largest deviation of the batch's gradient from the weighted mean of its images', relative to that variable's. */
function deviation(recipe: Recipe, voidPixels: readonly number[]): number {
  const model = smallNet(recipe);
  const images = voidPixels.map((_, i) =>
    tf.randomNormal([1, SIZE, SIZE, 3], i - 1, 1 + i, 'float32', i + 1),
  );
  const labels = voidPixels.map((count, i) => labelsOf(i, count));
  const batch = gradientsOf(model, images, labels);
  const single = images.map((image, i) => gradientsOf(model, [image], labels.slice(i, i + 1)));
  const valid = labels.map((map, i) => map.size - (voidPixels[i] ?? 0));
  const total = valid.reduce((a, b) => a + b, 0);
  expect(Object.keys(batch).length).toBe(model.trainableWeights.length);
  return Math.max(
    ...Object.entries(batch).map(([name, values]) => {
      const scale = values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 1e-4);
      const errors = values.map((value, i) => {
        const mean = single.reduce((sum, g, k) => sum + ((g[name]?.[i] ?? NaN) * (valid[k] ?? 0)) / total, 0);
        return Math.abs(value - mean) / scale;
      });
      return errors.reduce((a, b) => Math.max(a, b), 0);
    }),
  );
}

describe(`the gradient of ${IMAGES} images`, () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it.each(['wa', 'ws', 'wa+gn', 'ws+gn', 'gn', 'wa+ln', 'ws+in', 'none'])(
    'is the mean of the single images’ with %s',
    (name) => {
      expect(deviation(parseRecipe(name), [4, 4, 4])).toBeLessThan(1e-4);
    },
  );

  it.each(['wa', 'wa+gn', 'ws+gn'])(
    'is the mean weighted by valid pixels with %s, where those differ',
    (name) => {
      expect(deviation(parseRecipe(name), [0, 20, 7])).toBeLessThan(1e-4);
    },
  );

  it.each(['bn', 'wa+bn', 'ws+bn'])('is not the mean of the single images’ with %s', (name) => {
    expect(deviation(parseRecipe(name), [4, 4, 4])).toBeGreaterThan(0.1);
  });
});
