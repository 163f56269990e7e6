import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import { WeightAlign } from '../weights/weight-align.ts';
import { NormConv2D } from './norm-conv2d.ts';
import { Relu } from './relu.ts';

const built = (layer: NormConv2D, channels = 3): NormConv2D => {
  layer.apply(tfl.input({ shape: [null, null, channels] }));
  return layer;
};

describe('NormConv2D', () => {
  it.each([
    { kernelSize: 7, strides: 2, padding: 3 },
    { kernelSize: 3, strides: 2, padding: 1 },
    { kernelSize: 3, strides: 1, padding: 6, dilation: 6 },
    { kernelSize: 3, padding: 'valid', dilation: 2 },
    { kernelSize: 3, padding: 'same', strides: 2 },
    { kernelSize: [1, 5], padding: [0, 2] },
    { kernelSize: 2, strides: 2, padding: 0 },
  ] as const)('announces the size it gives with %j', (options) => {
    const layer = built(new NormConv2D({ filters: 4, ...options }));
    for (const shape of [
      [2, 17, 20, 3],
      [1, 14, 13, 3],
    ] as [number, number, number, number][]) {
      const y = layer.apply(tf.ones(shape)) as tf.Tensor;
      expect(y.shape).toEqual(layer.computeOutputShape(shape));
    }
    expect(layer.computeOutputShape([null, null, 20, 3])).toEqual([
      null,
      null,
      layer.computeOutputShape([1, 17, 20, 3])[2],
      4,
    ]);
  });

  it('pads evenly where it is told a number, which TensorFlow’s "same" does not at stride 2', () => {
    const ones = { filters: 1, kernelSize: 3, strides: 2, kernelInitializer: tfl.initializers.ones() };
    const x = tf.tensor4d([1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 4, 4, 1]);
    const even = built(new NormConv2D({ ...ones, padding: 1 }), 1).apply(x) as tf.Tensor;
    const same = built(new NormConv2D({ ...ones, padding: 'same' }), 1).apply(x) as tf.Tensor;
    expect([...even.dataSync()]).toEqual([3, 9, 0, 0]);
    expect([...same.dataSync()]).toEqual([6, 7, 0, 0]);
  });

  it('convolves with its effective kernel, and adds its bias', () => {
    const layer = built(
      new NormConv2D({ filters: 4, kernelSize: 3, seed: 1, kernelNormalizer: new WeightAlign() }),
    );
    const [kernel, gamma] = layer.getWeights();
    layer.setWeights([kernel as tf.Tensor, gamma as tf.Tensor, tf.tensor1d([1, 2, 3, 4])]);
    const x = tf.randomNormal<tf.Rank.R4>([1, 5, 5, 3], 0, 1, 'float32', 2);
    const wanted = tf.add(tf.conv2d(x, layer.effectiveKernel(), 1, 'same'), [1, 2, 3, 4]);
    expect(largestDifference((layer.apply(x) as tf.Tensor).dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
  });

  it('names its weights kernel, gamma and bias, under its own name', () => {
    const layer = built(
      new NormConv2D({ name: 'stem', filters: 4, kernelSize: 3, kernelNormalizer: new WeightAlign() }),
    );
    const names = layer.weights.map((weight) => weight.originalName);
    expect(names).toEqual(['stem/kernel', 'stem/gamma', 'stem/bias']);
  });

  it('starts from He’s normal distribution by fan-out', () => {
    const layer = built(new NormConv2D({ filters: 32, kernelSize: 3, seed: 4 }), 64);
    const { mean, variance } = tf.moments(layer.getWeights()[0] as tf.Tensor);
    expect(mean.dataSync()[0]).toBeCloseTo(0, 2);
    expect((variance.dataSync()[0] ?? NaN) / (2 / (9 * 32))).toBeCloseTo(1, 1);
  });

  describe('in groups', () => {
    const grouped = (options = {}): NormConv2D =>
      built(
        new NormConv2D({
          name: 'c',
          filters: 6,
          groups: 2,
          kernelSize: 3,
          padding: 1,
          seed: 4,
          kernelNormalizer: new WeightAlign(),
          ...options,
        }),
        4,
      );

    it('lets each group of filters see its own channels alone', () => {
      const layer = grouped();
      expect(layer.getWeights().map(({ shape }) => shape)).toEqual([[3, 3, 2, 6], [6], [6]]);
      const x = tf.randomNormal<tf.Rank.R4>([2, 5, 5, 4], 0, 1, 'float32', 2);
      const kernels = tf.split<tf.Tensor4D>(layer.effectiveKernel(), 2, 3);
      const maps = tf.split<tf.Tensor4D>(x, 2, 3);
      const wanted = tf.concat(maps.map((map, g) => tf.conv2d(map, kernels[g] as tf.Tensor4D, 1, 'same')), 3); // prettier-ignore
      const y = layer.apply(x) as tf.Tensor;
      expect(y.shape).toEqual(layer.computeOutputShape(x.shape));
      expect(largestDifference(y.dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
    });

    it('starts from He’s normal distribution by the filters that see a channel', () => {
      const layer = built(new NormConv2D({ filters: 128, groups: 4, kernelSize: 3, seed: 4 }), 64);
      const { variance } = tf.moments(layer.getWeights()[0] as tf.Tensor);
      expect((variance.dataSync()[0] ?? NaN) / (2 / (9 * 32))).toBeCloseTo(1, 1);
    });

    it('stores how many there are, and begins with one', () => {
      expect(grouped().getConfig()).toMatchObject({ groups: 2 });
      expect(new NormConv2D({ filters: 2, kernelSize: 1 }).groups).toBe(1);
    });

    it('refuses a number that does not divide channels and filters', () => {
      expect(() => grouped({ groups: 4 })).toThrow(
        'NormConv2D "c" got 6 filters in 4 groups: give a number that divides them.',
      );
      expect(() => grouped({ groups: 3 })).toThrow(
        'NormConv2D "c" got 4 channels in 3 groups: give a number that divides them.',
      );
      expect(() => grouped({ groups: 1.5 })).toThrow('"c" got groups 1.5');
    });
  });

  it.each([
    [{ filters: 0, kernelSize: 3 }, /"c" got filters 0/],
    [{ filters: 2, kernelSize: 1.5 }, /"c" got kernelSize 1.5/],
    [{ filters: 2, kernelSize: 3, strides: 2, dilation: 2 }, /"c" has strides 2 and dilation 2/],
    [
      { filters: 2, kernelSize: 3, kernelNormalizer: { className: 'Nowhere', config: {} } },
      /kernelNormalizer of layer "c" is stored as "Nowhere", which is not registered/,
    ],
    [
      { filters: 2, kernelSize: 3, kernelNormalizer: { className: 'Zeros', config: {} } },
      /"c" is a Zeros, which is not a KernelNormalizer/,
    ],
  ])('refuses %j in one sentence that names it', (options, message) => {
    expect(() => new NormConv2D({ name: 'c', ...options })).toThrow(message);
  });

  it('refuses an input of another rank by name', () => {
    const layer = new NormConv2D({ name: 'c', filters: 2, kernelSize: 3 });
    expect(() => layer.apply(tf.ones([2, 3]))).toThrow(
      /"c" takes an input \[batch, height, width, channels\]/,
    );
  });

  it('trains with model.fit', async () => {
    const model = tfl.sequential({
      layers: [
        new NormConv2D({
          filters: 4,
          kernelSize: 3,
          seed: 1,
          kernelNormalizer: new WeightAlign(),
          inputShape: [6, 6, 2],
        }),
        new Relu(),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 1, kernelInitializer: tfl.initializers.glorotNormal({ seed: 2 }) }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0.02), loss: 'meanSquaredError' });
    const x = tf.randomNormal([8, 6, 6, 2], 0, 1, 'float32', 3);
    const y = tf.reshape(tf.mean(x, [1, 2, 3]), [8, 1]);
    const { history } = await model.fit(x, y, { epochs: 12, batchSize: 2, shuffle: false, verbose: 0 });
    const losses = history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? NaN));
  });
});
