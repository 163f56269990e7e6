// Options that JavaScript lets through, refused by name when a layer is made.

import { expect, it } from 'vitest';
import {
  BatchChannelNorm,
  BatchKalmanNorm,
  BatchNorm,
  EvoNormS0,
  GroupNorm,
  KalmanConv2D,
  TransNorm,
  WeightAlign,
} from './index.ts';

it.each<[string, () => unknown, RegExp]>([
  [
    'WeightAlign’s scale',
    () => new WeightAlign({ scale: 'channel' as 'filter' }),
    /scale "channel": use one of filter, layer, none/,
  ],
  ['WeightAlign’s epsilon', () => new WeightAlign({ epsilon: -1 }), /epsilon -1: use a finite number/],
  [
    'unevenGroups',
    () => new GroupNorm({ name: 'n', unevenGroups: 'Error' as 'error' }),
    /GroupNorm "n" got unevenGroups "Error"/,
  ],
  [
    'a negative number of groups',
    () => new GroupNorm({ name: 'n', groups: -3 }),
    /"n" got groups -3: use a whole number/,
  ],
  [
    'BatchNorm’s convention',
    () => new BatchNorm({ name: 'n', convention: 'torch' as 'keras' }),
    /"n" got convention "torch"/,
  ],
  [
    'BKN’s prediction',
    () => new BatchKalmanNorm({ name: 'n', prediction: 'x' as 'reference' }),
    /"n" got prediction "x"/,
  ],
  [
    'KalmanConv2D’s prediction',
    () => new KalmanConv2D({ name: 'c', filters: 1, kernelSize: 1, prediction: 'x' as 'reference' }),
    /"c" got prediction "x"/,
  ],
  [
    'TransNorm’s domain',
    () => new TransNorm({ name: 'n', evaluationDomain: 'x' as 'target' }),
    /"n" got evaluationDomain "x"/,
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(message);
});

it.each([BatchChannelNorm, EvoNormS0])(
  'refuses groups that are no number of groups, when it is built',
  (layerClass) => {
    const layer = new layerClass({ name: 'n', groups: 1.5 });
    expect(() => layer.build([null, 4, 4, 6])).toThrow(/"n" got groups 1.5: use a whole number/);
  },
);
