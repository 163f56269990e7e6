import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { FilterResponseNorm, ThresholdedLinearUnit } from './filter-response-norm.ts';

it('has a learned ε on request, one for the layer, which starts at 1e-4', () => {
  const [plain, learned] = [new FilterResponseNorm(), new FilterResponseNorm({ learnedEpsilon: true })];
  for (const layer of [plain, learned]) layer.build([null, null, null, 2]);
  expect(plain.weights).toHaveLength(2);
  const epsilon = learned.weights[2];
  expect([epsilon?.originalName.split('/').at(-1), epsilon?.shape, epsilon?.trainable]).toEqual([
    'learnedEpsilon',
    [],
    true,
  ]);
  expect(epsilon?.read().dataSync()[0]).toBeCloseTo(1e-4, 9);
  const y = learned.apply(tf.tensor2d([[0.01, 1]])) as tf.Tensor;
  expect(y.dataSync()[0]).toBeCloseTo(0.01 / Math.sqrt(1e-4 + 1e-6 + 1e-4), 4);
});

it('follows with a rectifier whose threshold starts at 0', () => {
  const layer = new ThresholdedLinearUnit();
  const x = tf.tensor2d([[-1, 2]]);
  expect([...(layer.apply(x) as tf.Tensor).dataSync()]).toEqual([0, 2]);
  layer.setWeights([tf.tensor1d([-3, 4])]);
  expect([...(layer.apply(x) as tf.Tensor).dataSync()]).toEqual([-1, 4]);
});
