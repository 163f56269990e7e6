import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { MaxPool } from './max-pool.ts';

freeTensorsAfterEach();

/** Maxima over the pixels of every window that are in the map, by Caffe's rule for the number of windows. */
function reference(x: tf.Tensor4D, size: number, strides: number): number[] {
  const [, height, width] = x.shape;
  const map = (x.arraySync() as number[][][][])[0] ?? [];
  const count = (length: number): number => Math.ceil((length - size) / strides) + 1;
  const maxima: number[] = [];
  for (let i = 0; i < count(height); i++) {
    for (let j = 0; j < count(width); j++) {
      const rows = map.slice(i * strides, i * strides + size);
      const pixels = rows.flatMap((row) => row.slice(j * strides, j * strides + size).map(([v]) => v ?? NaN));
      maxima.push(Math.max(...pixels));
    }
  }
  return maxima;
}

const NEGATIVE = (shape: [number, number, number, number]): tf.Tensor4D =>
  tf.randomUniform(shape, -2, -1, 'float32', 3);

it.each([
  [6, 7, 3, 2],
  [7, 6, 3, 2],
  [8, 8, 3, 2],
  [7, 7, 3, 2],
  [2, 2, 3, 2],
  [9, 5, 2, 2],
  [11, 10, 4, 3],
])('rounds up: %i×%i pixels with windows of %i every %i', (height, width, size, strides) => {
  const layer = new MaxPool({ size, strides, padding: 0, ceil: true });
  const x = NEGATIVE([1, height, width, 1]);
  const y = layer.apply(x) as tf.Tensor;
  expect(y.shape).toEqual(layer.computeOutputShape(x.shape));
  expect(Array.from(y.dataSync())).toEqual(reference(x, size, strides));
});

it('leaves the last pixels out where it does not round up', () => {
  const layer = new MaxPool({ size: 3, strides: 2, padding: 0 });
  expect((layer.apply(NEGATIVE([1, 8, 8, 1])) as tf.Tensor).shape).toEqual([1, 3, 3, 1]);
});

it('sends the gradient to the maxima of windows over the edge too', () => {
  const layer = new MaxPool({ size: 3, strides: 2, padding: 0, ceil: true });
  const x = tf.tensor4d([1, 2, 3, 9], [1, 1, 4, 1]);
  const tall = tf.concat([x, tf.sub(x, 10), tf.sub(x, 20)], 1);
  const slope = tf.grad((t: tf.Tensor) => tf.sum(layer.apply(t) as tf.Tensor))(tall);
  expect(Array.from(slope.dataSync())).toEqual([0, 0, 1, 1, ...Array<number>(8).fill(0)]);
});

it('is saved with its rounding, and refuses what would leave windows outside', async () => {
  const image = tfl.input({ shape: [null, null, 1] });
  const pool = new MaxPool({ name: 'pool', size: 3, strides: 2, padding: 0, ceil: true });
  const model = tfl.model({ inputs: image, outputs: pool.apply(image) as tfl.SymbolicTensor });
  const restored = await savedAndLoaded(model);
  expect((restored.predict(tf.zeros([1, 8, 8, 1])) as tf.Tensor).shape).toEqual([1, 4, 4, 1]);
  expect(() => new MaxPool({ size: 3, strides: 2, padding: 1, ceil: true })).toThrow(
    /give padding 0 and strides/,
  );
  expect(() => new MaxPool({ size: 2, strides: 3, padding: 0, ceil: true })).toThrow(
    /strides up to the size/,
  );
});
