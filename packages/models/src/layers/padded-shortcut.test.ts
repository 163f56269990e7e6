import { checkGradients, comparableBackends, withBackend, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { everyAlong } from './every-pixel.ts';
import { PaddedShortcut } from './padded-shortcut.ts';

freeTensorsAfterEach();

const random = (height: number, width: number): tf.Tensor4D =>
  tf.randomNormal([2, height, width, 3], 0, 1, 'float32', 4);
const shortcut = (x: tf.Tensor, strides: number, filters: number): tf.Tensor4D =>
  new PaddedShortcut({ strides, filters }).apply(x) as tf.Tensor4D;

it('keeps every other pixel, with as many channels of zeros before its own as behind', () => {
  const x = tf.tensor4d(
    [
      [1, -1],
      [2, -2],
      [3, -3],
      [4, -4],
      [5, -5],
      [6, -6],
      [7, -7],
      [8, -8],
      [9, -9],
    ].flat(),
    [1, 3, 3, 2],
  );
  const y = shortcut(x, 2, 6);
  expect(y.arraySync()).toEqual([
    [
      [
        [0, 0, 1, -1, 0, 0],
        [0, 0, 3, -3, 0, 0],
      ],
      [
        [0, 0, 7, -7, 0, 0],
        [0, 0, 9, -9, 0, 0],
      ],
    ],
  ]);
});

it.each([
  [4, 6, 2],
  [5, 7, 2],
  [5, 4, 3],
  [1, 2, 4],
  [3, 2, 1],
])('of %i×%i pixels at stride %i has those at its multiples', (height, width, strides) => {
  const x = random(height, width);
  const pixels = x.arraySync();
  const every = <T>(values: T[]): T[] => values.filter((_, at) => at % strides === 0);
  const wanted = pixels.map((map) =>
    every(map).map((row) => every(row).map((channels) => [0, ...channels, 0])),
  );
  expect(shortcut(x, strides, 5).arraySync()).toEqual(wanted);
});

it('is its input where nothing changes', () => {
  const x = random(3, 4);
  expect(shortcut(x, 1, 3).dataSync()).toEqual(x.dataSync());
  const rows = tf.reshape<tf.Rank.R3>(x, [2, 3, 12]);
  expect(everyAlong(rows, 1)).toBe(rows);
});

it.each(comparableBackends())('has the gradient of finite differences on %s', async (backend) => {
  const worst = await withBackend(backend, () =>
    [
      [5, 7, 2],
      [4, 4, 2],
      [4, 5, 3],
      [3, 3, 1],
    ].map(([height = 0, width = 0, strides = 0]) =>
      worstGradientError(
        checkGradients((x) => shortcut(x, strides, 7), [random(height, width)], { probes: 40 }),
      ),
    ),
  );
  for (const error of worst) expect(error).toBeLessThan(2e-3);
});

it('is a layer that knows its output and its configuration', () => {
  const layer = new PaddedShortcut({ name: 'shortcut', strides: 2, filters: 16 });
  expect(layer.computeOutputShape([null, 33, null, 8])).toEqual([null, 17, null, 16]);
  const copy = PaddedShortcut.fromConfig(PaddedShortcut, layer.getConfig()) as tfl.layers.Layer;
  expect(copy.getConfig()).toEqual(layer.getConfig());
  expect(copy.getConfig()).toMatchObject({ name: 'shortcut', strides: 2, filters: 16 });
  const x = tf.randomNormal([1, 5, 4, 8], 0, 1, 'float32', 2);
  expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual((layer.apply(x) as tf.Tensor).dataSync());
});

it('refuses what is no shortcut, and channels that zeros cannot be laid around', () => {
  expect(() => new PaddedShortcut({ name: 'shortcut', strides: 0, filters: 8 })).toThrow(
    'Padded shortcut "shortcut" got strides 0; give a whole number from 1 on.',
  );
  expect(() => new PaddedShortcut({ strides: 2, filters: 2.5 })).toThrow(/got filters 2\.5; give a whole/);
  for (const filters of [2, 4]) {
    const layer = new PaddedShortcut({ name: 'shortcut', strides: 2, filters });
    const wanted =
      `Padded shortcut "shortcut" got 3 channels, to make ${filters} of them: give it filters that are an even number ` +
      'more, or take a shortcut with a convolution.';
    expect(() => layer.computeOutputShape([null, 4, 4, 3])).toThrow(wanted);
    expect(() => layer.apply(random(4, 4))).toThrow(wanted);
  }
});
