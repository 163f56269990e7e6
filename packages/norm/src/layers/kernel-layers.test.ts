// The geometry of the layers beside NormConv2D, and what all layers with a kernel have in common.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import { layerGradientErrors } from '../testing/layer-gradients.ts';
import type { KernelNormalizer } from '../weights/kernel-normalizer.ts';
import { WeightAlign } from '../weights/weight-align.ts';
import { weightStandardize, WeightStandardization } from '../weights/weight-standardization.ts';
import { NormConv2D } from './norm-conv2d.ts';
import { NormConv2DTranspose } from './norm-conv2d-transpose.ts';
import { NormDense } from './norm-dense.ts';
import { NormDepthwiseConv2D } from './norm-depthwise-conv2d.ts';
import { NormSeparableConv2D } from './norm-separable-conv2d.ts';

type KernelLayer = NormConv2D | NormConv2DTranspose | NormDense | NormDepthwiseConv2D | NormSeparableConv2D;

/** Built for `channels`, with a bias that is not 0 and scales that are not 1. */
function built<L extends KernelLayer>(layer: L, channels = 3): L {
  layer.apply(tfl.input({ shape: [null, null, channels] }));
  layer.setWeights(
    layer.getWeights().map((weight) => tf.add(weight, tf.randomUniform(weight.shape, 0, 0.5, 'float32', 5))),
  );
  return layer;
}

const normalizer = new WeightAlign();
const images = (height = 9, width = 8): tf.Tensor4D =>
  tf.randomNormal([2, height, width, 3], 0.2, 1, 'float32', 2);
const outputOf = (layer: KernelLayer, x: tf.Tensor): tf.Tensor => layer.apply(x) as tf.Tensor;
const biasOf = (layer: KernelLayer): tf.Tensor => layer.effectiveBias() as tf.Tensor;

function expectSame(layer: KernelLayer, x: tf.Tensor, withoutBias: tf.Tensor): void {
  const y = outputOf(layer, x);
  expect(y.shape).toEqual(withoutBias.shape);
  expect(layer.computeOutputShape(x.shape)).toEqual(y.shape);
  const wanted = tf.add(withoutBias, biasOf(layer)).dataSync();
  expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-5);
}

describe('NormDepthwiseConv2D', () => {
  it.each([
    { strides: 1, padding: 'same', dilation: 1, depthMultiplier: 1 },
    { strides: 2, padding: 'same', dilation: 1, depthMultiplier: 2 },
    { strides: 2, padding: 'valid', dilation: 1, depthMultiplier: 1 },
    { strides: 1, padding: 'same', dilation: 2, depthMultiplier: 2 },
    { strides: 1, padding: 'valid', dilation: 2, depthMultiplier: 1 },
  ] as const)('is tf.depthwiseConv2d with its effective kernel: %j', (options) => {
    const layer = new NormDepthwiseConv2D({
      kernelSize: [3, 2],
      seed: 1,
      kernelNormalizer: normalizer,
      ...options,
    });
    const x = images();
    built(layer);
    const { strides, padding, dilation } = options;
    const y = tf.depthwiseConv2d(x, layer.effectiveKernel(), strides, padding, 'NHWC', dilation);
    expectSame(layer, x, y);
  });

  it('pads evenly where it is told a number', () => {
    const layer = built(new NormDepthwiseConv2D({ kernelSize: 3, strides: 2, padding: 1, seed: 1 }));
    const x = images(8, 8);
    const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]); // prettier-ignore
    expectSame(layer, x, tf.depthwiseConv2d(padded, layer.effectiveKernel(), 2, 'valid'));
  });

  it('normalizes kh · kw weights at a time, with a scale per output channel in their order', () => {
    const layer = built(
      new NormDepthwiseConv2D({
        kernelSize: 3,
        depthMultiplier: 2,
        seed: 1,
        kernelNormalizer: new WeightAlign({ epsilon: 0 }),
      }),
    );
    const [kernel, gamma, bias] = layer.getWeights() as [tf.Tensor, tf.Tensor, tf.Tensor];
    layer.setWeights([kernel, tf.range(1, 7), bias]);
    expect(gamma.shape).toEqual([6]);
    const squares = tf.sum(tf.square(layer.effectiveKernel()), [0, 1]);
    expect(squares.shape).toEqual([3, 2]);
    expect(largestDifference(squares.dataSync(), [2, 8, 18, 32, 50, 72])).toBeLessThan(1e-4);
  });
});

describe('NormSeparableConv2D', () => {
  it.each([
    { strides: 1, padding: 'same', dilation: 1, depthMultiplier: 2 },
    { strides: 2, padding: 'valid', dilation: 1, depthMultiplier: 1 },
    { strides: 1, padding: 'same', dilation: 2, depthMultiplier: 1 },
  ] as const)('is tf.separableConv2d with its effective kernels: %j', (options) => {
    const layer = new NormSeparableConv2D({
      filters: 5,
      kernelSize: 3,
      seed: 1,
      depthwiseNormalizer: normalizer,
      pointwiseNormalizer: normalizer,
      ...options,
    });
    const x = images();
    built(layer);
    const [depthwise, pointwise] = [layer.effectiveDepthwiseKernel(), layer.effectivePointwiseKernel()];
    const { strides, padding, dilation } = options;
    expectSame(layer, x, tf.separableConv2d(x, depthwise, pointwise, strides, padding, dilation));
  });

  it('draws its two kernels apart, and normalizes the one it is told to', () => {
    const layer = new NormSeparableConv2D({
      name: 's',
      filters: 3,
      kernelSize: 1,
      seed: 1,
      pointwiseNormalizer: normalizer,
    });
    layer.apply(tfl.input({ shape: [4, 4, 3] }));
    const names = layer.weights.map((weight) => weight.originalName);
    expect(names).toEqual(['s/depthwiseKernel', 's/pointwiseKernel', 's/pointwise/gamma', 's/bias']);
    const [depthwise, pointwise] = layer.getWeights() as [tf.Tensor, tf.Tensor];
    expect(largestDifference(depthwise.dataSync(), pointwise.dataSync().slice(0, 3))).toBeGreaterThan(0.01);
    expect(layer.effectiveDepthwiseKernel().dataSync()).toEqual(depthwise.dataSync());
  });
});

describe('NormConv2DTranspose', () => {
  it.each([
    { kernelSize: 3, strides: 2, padding: 'same', size: [18, 16] },
    { kernelSize: 4, strides: 2, padding: 'valid', size: [20, 18] },
    { kernelSize: 3, strides: 1, padding: 'valid', size: [11, 10] },
    { kernelSize: 2, strides: 3, padding: 'valid', size: [27, 24] },
    { kernelSize: [1, 5], strides: 2, padding: 'same', size: [18, 16] },
  ] as const)('is tf.conv2dTranspose with its effective kernel: %j', ({ size, ...options }) => {
    const layer = built(
      new NormConv2DTranspose({ filters: 4, seed: 1, kernelNormalizer: normalizer, ...options }),
    );
    const x = images();
    const kernel = layer.effectiveKernel();
    const { strides, padding } = options;
    expectSame(layer, x, tf.conv2dTranspose(x, kernel, [2, ...size, 4], strides, padding));
  });

  it('agrees with TensorFlow.js’s own layer where it has no normalizer', () => {
    const options = { filters: 4, kernelSize: 3, strides: 2, padding: 'valid' } as const;
    const layer = built(new NormConv2DTranspose({ seed: 1, ...options }));
    const stock = tfl.layers.conv2dTranspose(options);
    stock.apply(tfl.input({ shape: [9, 8, 3] }));
    stock.setWeights(layer.getWeights());
    const x = images();
    const wanted = (stock.apply(x) as tf.Tensor).dataSync();
    expect(largestDifference(outputOf(layer, x).dataSync(), wanted)).toBeLessThan(1e-5);
  });

  it('normalizes what makes one output channel', () => {
    const kernelNormalizer = new WeightStandardization();
    const layer = built(new NormConv2DTranspose({ filters: 4, kernelSize: 3, seed: 1, kernelNormalizer }));
    const swapped = (kernel: tf.Tensor): tf.Tensor => tf.transpose(kernel, [0, 1, 3, 2]);
    const raw = layer.getWeights()[0] as tf.Tensor;
    expect(raw.shape).toEqual([3, 3, 4, 3]);
    const wanted = swapped(weightStandardize(swapped(raw)));
    expect(largestDifference(layer.effectiveKernel().dataSync(), wanted.dataSync())).toBeLessThan(1e-6);
  });

  it.each([
    [
      { filters: 2, kernelSize: 3, padding: 1 as unknown as 'same' },
      /"c" got padding 1: use "same" or "valid"/,
    ],
    [{ filters: 2, kernelSize: 3, strides: 0 }, /NormConv2DTranspose "c" got strides 0/],
  ])('refuses %j by name', (options, message) => {
    expect(() => new NormConv2DTranspose({ name: 'c', ...options })).toThrow(message);
  });
});

describe('NormDense', () => {
  it.each([{ shape: [4, 3] }, { shape: [2, 5, 3] }, { shape: [2, 3, 4, 3] }])(
    'multiplies the last axis of $shape by its effective kernel',
    ({ shape }) => {
      const layer = built(new NormDense({ units: 5, seed: 1, kernelNormalizer: normalizer }));
      const x = tf.randomNormal(shape, 0.2, 1, 'float32', 2);
      const y = tf.matMul(tf.reshape(x, [-1, 3]), layer.effectiveKernel());
      expectSame(layer, x, tf.reshape(y, [...shape.slice(0, -1), 5]));
    },
  );

  it('starts from He’s normal distribution by fan-in, cut off at two deviations', () => {
    const layer = new NormDense({ units: 200, seed: 4 });
    layer.apply(tfl.input({ shape: [100] }));
    const kernel = layer.effectiveKernel();
    // A normal distribution cut off there has 0.7737 of its variance left.
    const { variance } = tf.moments(kernel);
    expect((variance.dataSync()[0] ?? NaN) / (0.02 * 0.7737)).toBeCloseTo(1, 1);
    expect(tf.max(tf.abs(kernel)).dataSync()[0]).toBeLessThan(2 * Math.sqrt(0.02) + 1e-6);
  });
});

const makers: Record<string, (kernelNormalizer: KernelNormalizer | null, useBias?: boolean) => KernelLayer> =
  {
    NormConv2D: (kernelNormalizer, useBias = true) =>
      new NormConv2D({ name: 'k', filters: 4, kernelSize: 2, seed: 3, useBias, kernelNormalizer }),
    NormDepthwiseConv2D: (kernelNormalizer, useBias = true) =>
      new NormDepthwiseConv2D({ name: 'k', kernelSize: 2, seed: 3, useBias, kernelNormalizer }),
    NormSeparableConv2D: (kernelNormalizer, useBias = true) =>
      new NormSeparableConv2D({
        name: 'k',
        filters: 4,
        kernelSize: 2,
        seed: 3,
        useBias,
        depthwiseNormalizer: kernelNormalizer,
        pointwiseNormalizer: kernelNormalizer,
      }),
    NormConv2DTranspose: (kernelNormalizer, useBias = true) =>
      new NormConv2DTranspose({ name: 'k', filters: 4, kernelSize: 2, seed: 3, useBias, kernelNormalizer }),
    NormDense: (kernelNormalizer, useBias = true) =>
      new NormDense({ name: 'k', units: 4, seed: 3, useBias, kernelNormalizer }),
  };

describe.each(Object.entries(makers))('%s', (className, make) => {
  it('has the gradients of finite differences', () => {
    const layer = built(make(normalizer));
    for (const [name, error] of Object.entries(layerGradientErrors(layer, images(4, 3)))) {
      expect(error, name).toBeLessThan(1e-2);
    }
    layer.dispose();
  });

  it('gives its bias, or null without one', () => {
    const layer = built(make(null));
    const wanted = layer.getWeights().at(-1)?.dataSync();
    expect(biasOf(layer).dataSync()).toEqual(wanted);
    const without = make(null, false);
    without.apply(tfl.input({ shape: [4, 4, 3] }));
    expect(without.effectiveBias()).toBeNull();
    expect(without.weights.some((weight) => weight.originalName.includes('bias'))).toBe(false);
  });

  it('draws the same kernel for the same seed', () => {
    const draws = [make(null), make(null)].map((layer) => {
      layer.apply(tfl.input({ shape: [4, 4, 3] }));
      return layer.getWeights().map((weight) => weight.dataSync());
    });
    expect(draws[0]).toEqual(draws[1]);
  });

  it('names itself when it is given something that is no normalizer', () => {
    const zeros = { className: 'Zeros', config: {} } as unknown as KernelNormalizer;
    expect(() => make(zeros)).toThrow(/Normalizer of layer "k" is a Zeros, which is not a KernelNormalizer/);
  });

  it(`is called ${className}, and leaks no tensor when asked for its kernel and bias`, () => {
    const layer = built(make(normalizer));
    expect(layer.getClassName()).toBe(className);
    const before = tf.memory().numTensors;
    tf.dispose([
      ...(layer instanceof NormSeparableConv2D
        ? [layer.effectiveDepthwiseKernel(), layer.effectivePointwiseKernel()]
        : [layer.effectiveKernel()]),
      biasOf(layer),
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a filter of a single weight', () => {
  it.each([
    [
      new NormConv2D({ name: 'k', filters: 4, kernelSize: 1, kernelNormalizer: normalizer }),
      /kernel \[1, 1, 1, 4\]/,
    ],
    [
      new NormDepthwiseConv2D({ name: 'k', kernelSize: 1, kernelNormalizer: normalizer }),
      /depthwiseKernel \[1, 1, 1, 1\]/,
    ],
    [
      new NormSeparableConv2D({ name: 'k', filters: 4, kernelSize: 2, pointwiseNormalizer: normalizer }),
      /pointwiseKernel \[1, 1, 1, 4\]/,
    ],
    [
      new NormConv2DTranspose({ name: 'k', filters: 4, kernelSize: 1, kernelNormalizer: normalizer }),
      /kernel \[1, 1, 4, 1\]/,
    ],
    [new NormDense({ name: 'k', units: 4, kernelNormalizer: normalizer }), /kernel \[1, 4\]/],
  ])('is refused by the name of its layer', (layer, message) => {
    const all = new RegExp(
      `"k" has filters of a single weight.*${message.source}.*WeightAlign.*use no normalizer there`,
    );
    expect(() => layer.apply(tfl.input({ shape: [4, 4, 1] }))).toThrow(all);
  });

  it('is fine without a normalizer', () => {
    const layer = new NormConv2D({ filters: 4, kernelSize: 1 });
    expect((layer.apply(tf.ones([1, 2, 2, 1])) as tf.Tensor).shape).toEqual([1, 2, 2, 4]);
  });
});
