import { checkGradients, comparableBackends, withBackend, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { averagePool, AveragePool } from './average-pool.ts';

freeTensorsAfterEach();

const CASES = [
  { size: 2, strides: 2, dilation: 1 },
  { size: 2, strides: 1, dilation: 1 },
  { size: 2, strides: 1, dilation: 2 },
  { size: 3, strides: 2, dilation: 2 },
  { size: 1, strides: 3, dilation: 1 },
];
const random = (height: number, width: number): tf.Tensor4D =>
  tf.randomNormal([2, height, width, 3], 0, 1, 'float32', 4);

/** The definition, pixel by pixel. */
function reference(x: tf.Tensor4D, { size, strides, dilation }: (typeof CASES)[number]): number[] {
  const [batch, height, width, channels] = x.shape;
  const pixels = x.arraySync();
  const inside = (start: number, length: number): number[] =>
    Array.from({ length: size }, (_, tap) => start + tap * dilation).filter((at) => at < length);
  const means: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < height; i += strides)
      for (let j = 0; j < width; j += strides)
        for (let c = 0; c < channels; c++) {
          const window = inside(i, height).flatMap((a) =>
            inside(j, width).map((b) => pixels[n]?.[a]?.[b]?.[c] ?? NaN),
          );
          means.push(window.reduce((sum, value) => sum + value, 0) / window.length);
        }
  return means;
}

it.each(CASES)('is the mean of what lies inside the map, with %j', (window) => {
  for (const [height, width] of [
    [5, 7],
    [4, 6],
  ] as const) {
    const x = random(height, width);
    const got = averagePool(x, window);
    const { strides } = window;
    expect(got.shape).toEqual([2, Math.ceil(height / strides), Math.ceil(width / strides), 3]);
    const wanted = reference(x, window);
    expect(
      Math.max(...Array.from(got.dataSync(), (value, i) => Math.abs(value - (wanted[i] ?? NaN)))),
    ).toBeLessThan(1e-6);
  }
});

it.each(comparableBackends())('has the gradient of finite differences on %s', async (backend) => {
  const worst = await withBackend(backend, () =>
    CASES.map((window) =>
      worstGradientError(
        checkGradients((x) => averagePool(x as tf.Tensor4D, window), [random(5, 7)], { probes: 40 }),
      ),
    ),
  );
  for (const error of worst) expect(error).toBeLessThan(5e-3);
});

it('is a layer that knows its output and its configuration', () => {
  const layer = new AveragePool({ name: 'pool', size: 2, strides: 2 });
  expect(layer.computeOutputShape([null, 65, null, 8])).toEqual([null, 33, null, 8]);
  const copy = AveragePool.fromConfig(AveragePool, layer.getConfig()) as tfl.layers.Layer;
  expect(copy.getConfig()).toEqual(layer.getConfig());
  const x = random(5, 4);
  expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual((layer.apply(x) as tf.Tensor).dataSync());
});

it('refuses what is no window', () => {
  expect(() => new AveragePool({ name: 'pool', size: 0, strides: 2 })).toThrow(
    'Average pooling "pool" got size 0; give a whole number from 1 on.',
  );
  expect(() => new AveragePool({ size: 2, strides: 1, dilation: 1.5 })).toThrow(/got dilation 1.5/);
});
