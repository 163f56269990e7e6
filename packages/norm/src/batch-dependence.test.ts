// What the layers say of themselves, against what they do: the output for one image beside one companion, and beside another.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { normalizesByBatch } from './batch-dependence.ts';
import { activationsOf, connect, type Signal } from './kalman/signal.ts';
import { BatchNorm } from './layers/batch-norm.ts';
import { parseRecipe, recipeNames, type Recipe } from './recipe/recipe.ts';
import { largestDifference } from './testing/golden.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const SIZE = 6;

/** Two convolutions, each with its normalization and activation. */
function smallNet(recipe: Recipe): tfl.LayersModel {
  const input = tfl.input({ shape: [SIZE, SIZE, 3] });
  const signal = [1, 2].reduce<Signal>((x, index) => {
    const y = connect(recipe.conv({ name: `conv${index}`, filters: 8, kernelSize: 3 }), x);
    const norm = recipe.norm({ name: `norm${index}` });
    const normed = norm === null ? y : connect(norm, y);
    return recipe.normIncludesActivation ? normed : connect(recipe.act({ name: `act${index}` }), normed);
  }, input);
  return tfl.model({ inputs: input, outputs: activationsOf(signal) });
}

/** Of the first image of a batch of two, in training mode. */
function besideAnother(model: tfl.LayersModel, companion: number): Float32Array {
  const image = (seed: number): tf.Tensor => tf.randomNormal([1, SIZE, SIZE, 3], seed, 1, 'float32', seed);
  const y = model.apply(tf.concat([image(1), image(companion)]), { training: true }) as tf.Tensor;
  return tf.slice(y, 0, 1).dataSync() as Float32Array;
}

it.each(recipeNames())('%s sees the batch if and only if its layers say so', (name) => {
  const recipe = parseRecipe(name, { groups: 2, onWarning: () => undefined });
  const [model, other] = [smallNet(recipe), smallNet(recipe)];
  const difference = largestDifference(besideAnother(model, 2), besideAnother(other, 3));
  expect(normalizesByBatch(model)).toBe(difference > 1e-4);
});

it('does not see it through frozen statistics, and sees it through TensorFlow.js’s own layer and a model inside the model', () => {
  const over = (layer: tfl.layers.Layer): tfl.LayersModel => tfl.sequential({ layers: [layer] });
  const inputShape = [SIZE, SIZE, 3];
  expect(normalizesByBatch(over(new BatchNorm({ inputShape, freezeStatistics: true })))).toBe(false);
  expect(normalizesByBatch(over(new BatchNorm({ inputShape, trainable: false })))).toBe(false);
  expect(normalizesByBatch(over(tfl.layers.batchNormalization({ inputShape })))).toBe(true);
  expect(normalizesByBatch(over(over(new BatchNorm({ inputShape }))))).toBe(true);
});
