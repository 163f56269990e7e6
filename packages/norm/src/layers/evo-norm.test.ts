import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { EvoNormB0, EvoNormS0 } from './evo-norm.ts';

const names = (layer: tfl.layers.Layer): (string | undefined)[] =>
  layer.weights.map(({ originalName }) => originalName.split('/').at(-1));

it.each([
  { make: (nonlinearity: boolean) => new EvoNormB0({ nonlinearity }), weights: ['v', 'movingVariance'] },
  { make: (nonlinearity: boolean) => new EvoNormS0({ nonlinearity, groups: 2 }), weights: ['v'] },
])('is γ · x + β and nothing else without its non-linearity, beside $weights', ({ make, weights }) => {
  const [whole, plain] = [make(true), make(false)];
  for (const layer of [whole, plain]) layer.build([null, null, null, 2]);
  expect(names(whole)).toEqual(['gamma', 'beta', ...weights]);
  expect(names(plain)).toEqual(['gamma', 'beta']);
  plain.setWeights([tf.tensor1d([2, 3]), tf.tensor1d([1, -1])]);
  const y = plain.apply(tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]), { training: true }) as tf.Tensor;
  expect([...y.dataSync()]).toEqual([3, 5, 7, 11]);
});

it('needs no fitting groups where it does not normalize', () => {
  const x = tf.ones([1, 2, 2, 3]);
  expect(() => new EvoNormS0({ name: 'evo', groups: 2 }).apply(x)).toThrow(
    /^EvoNormS0 "evo" has 2 groups, which do not divide its 3 channels: use 1 groups, or set unevenGroups to 'fit'/,
  );
  expect((new EvoNormS0({ groups: 2, nonlinearity: false }).apply(x) as tf.Tensor).shape).toEqual([
    1, 2, 2, 3,
  ]);
});

it('refuses a momentum that is no share', () => {
  expect(() => new EvoNormB0({ name: 'evo', momentum: -0.1 })).toThrow(
    /EvoNormB0 "evo" got momentum -0.1: use a number from 0 to 1/,
  );
});
