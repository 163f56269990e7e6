import { GroupNorm, NormConv2D, NormDepthwiseConv2D, parseRecipe, SeededDropout } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3, type DeepLabV3Options } from '../deeplabv3.ts';
import { AveragePool } from '../layers/average-pool.ts';
import { GlobalAverage } from '../layers/global-average.ts';
import { MaxPool } from '../layers/max-pool.ts';
import { Relu6 } from '../layers/relu6.ts';
import { ResizeLike } from '../layers/resize-like.ts';
import { disagreement } from '../testing/exported-files.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { STOCK_CLASSES } from './stock-classes.ts';
import { toStock } from './to-stock.ts';

freeTensorsAfterEach();

const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
  layer.apply(x) as tfl.SymbolicTensor;

/** `model` with every weight moved by up to 0.2: positive ones stay positive. */
function shaken(model: tfl.LayersModel): tfl.LayersModel {
  tf.tidy(() => {
    const moved = (weight: tf.Tensor, i: number): tf.Tensor =>
      tf.add(weight, tf.randomUniform(weight.shape, 0, 0.2, 'float32', i + 1));
    model.setWeights(model.getWeights().map(moved));
  });
  return model;
}

/** A model of layers that see an image of any size. */
function modelOf(wire: (image: tfl.SymbolicTensor) => tfl.SymbolicTensor, channels = 4): tfl.LayersModel {
  const image = tfl.input({ shape: [null, null, channels], name: 'image' });
  return shaken(tfl.model({ inputs: image, outputs: wire(image) }));
}

const images = (size: number, channels = 3): tf.Tensor4D =>
  tf.randomNormal([2, size, size, channels], 0.2, 1, 'float32', 9);

const difference = (model: tfl.LayersModel, stock: tfl.LayersModel, x: tf.Tensor): number =>
  disagreement(model.predict(x) as tf.Tensor, stock.predict(x) as tf.Tensor);

const classesOf = (model: tfl.LayersModel): string[] => [
  ...new Set(model.layers.map((layer) => layer.getClassName())),
];

const network = (recipe: string, options: Partial<DeepLabV3Options> = {}): tfl.LayersModel =>
  shaken(
    deepLabV3({
      backbone: 'mobilenetv2',
      width: 0.25,
      recipe: parseRecipe(recipe, { groups: 4, onWarning: () => undefined }),
      classes: 3,
      headChannels: 8,
      outputStride: 16,
      atrousRates: [1, 2],
      poolingNorm: 'none',
      ...options,
    }),
  );

describe('the stock form of a layer', () => {
  it.each<[string, number, (x: tfl.SymbolicTensor) => tfl.SymbolicTensor]>([
    ['Relu6', 5, (x) => apply(new Relu6({}), x)],
    ['SeededDropout', 5, (x) => apply(new SeededDropout({ rate: 0.5, seed: 1 }), x)],
    ['GlobalAverage', 5, (x) => apply(new GlobalAverage({}), x)],
    ['MaxPool of an odd size', 9, (x) => apply(new MaxPool({ size: 3, strides: 2, padding: 1 }), x)],
    ['MaxPool without padding', 8, (x) => apply(new MaxPool({ size: 2, strides: 2, padding: 0 }), x)],
    [
      'MaxPool behind a rectifier',
      8,
      (x) => apply(new MaxPool({ size: 3, strides: 2, padding: 1 }), apply(new Relu6({}), x)),
    ],
    ['AveragePool', 9, (x) => apply(new AveragePool({ size: 2, strides: 2 }), x)],
    ['AveragePool of every window', 8, (x) => apply(new AveragePool({ size: 2, strides: 1 }), x)],
    ['AveragePool with dilation', 9, (x) => apply(new AveragePool({ size: 2, strides: 1, dilation: 2 }), x)],
    [
      'ResizeLike of a map',
      13,
      (x) =>
        apply(new ResizeLike({}), [apply(tfl.layers.averagePooling2d({ poolSize: 4, strides: 3 }), x), x]),
    ],
    ['ResizeLike of one pixel', 7, (x) => apply(new ResizeLike({}), [apply(new GlobalAverage({}), x), x])],
    ['ResizeLike of the same size', 7, (x) => apply(new ResizeLike({}), [apply(new Relu6({}), x), x])],
    ['GroupNorm', 6, (x) => apply(new GroupNorm({ groups: 2 }), x)],
    ['GroupNorm of a single pixel', 1, (x) => apply(new GroupNorm({ groups: 2 }), x)],
    ['GroupNorm of another epsilon', 6, (x) => apply(new GroupNorm({ groups: 2, epsilon: 0.5 }), x)],
    ['GroupNorm with fitted groups', 6, (x) => apply(new GroupNorm({ groups: 3, unevenGroups: 'fit' }), x)],
    ['layer normalization', 6, (x) => apply(new GroupNorm({ groups: 1 }), x)],
    ['instance normalization', 6, (x) => apply(new GroupNorm({ groups: 'channels' }), x)],
    [
      'NormDepthwiseConv2D with dilation',
      11,
      (x) => apply(new NormDepthwiseConv2D({ kernelSize: 3, dilation: 3, padding: 3, seed: 1 }), x),
    ],
    ...(
      [
        { padding: 1, strides: 2 },
        { padding: 'same', dilation: 2, useBias: false },
        { padding: [0, 1], kernelSize: [1, 3] },
      ] as const
    ).map((options): [string, number, (x: tfl.SymbolicTensor) => tfl.SymbolicTensor] => [
      `NormConv2D in groups, ${JSON.stringify(options)},`,
      9,
      (x) => apply(new NormConv2D({ filters: 6, groups: 2, kernelSize: 3, seed: 1, ...options }), x),
    ]),
  ])('computes what %s does', (_, size, wire) => {
    const model = modelOf(wire);
    const stock = toStock(model, { size });
    expect(difference(model, stock, images(size, 4))).toBeLessThan(2e-6);
    expect(STOCK_CLASSES).toEqual(expect.arrayContaining(classesOf(stock)));
    const { shape } = stock.outputs[0] as tfl.SymbolicTensor;
    expect(shape.slice(1)).toEqual((stock.predict(images(size, 4)) as tf.Tensor).shape.slice(1));
  });

  it('is refused where there is none at the size', () => {
    const pool = modelOf((x) => apply(new MaxPool({ name: 'pool', size: 3, strides: 2, padding: 1 }), x));
    expect(() => toStock(pool, { size: 8 })).toThrow(
      /^Layer "pool" pads 8×8 pixels by 1 for its maximum, .*: export for a size of k · output stride \+ 1 pixels\.$/,
    );
    const resize = modelOf((x) =>
      apply(new ResizeLike({ name: 'up' }), [apply(tfl.layers.averagePooling2d({ poolSize: 2 }), x), x]),
    );
    expect(() => toStock(resize, { size: 8 })).toThrow(
      /^Layer "up" resizes 4×4 pixels to 8×8 with aligned corners, .*: export for a size of k · output stride \+ 1 pixels\.$/,
    );
    const shrink = modelOf((x) =>
      apply(new ResizeLike({ name: 'down' }), [x, apply(tfl.layers.averagePooling2d({ poolSize: 8 }), x)]),
    );
    expect(() => toStock(shrink, { size: 8 })).toThrow(
      /^Layer "down" resizes 8×8 pixels to 1×1 with aligned/,
    );
    const mean = modelOf((x) => apply(new AveragePool({ name: 'mean', size: 3, strides: 2 }), x));
    expect(() => toStock(mean, { size: 8 })).toThrow(
      /^Layer "mean" averages 3×3 taps 1 pixels apart at stride 2/,
    );
    expect(() => toStock(mean, { size: 0 })).toThrow(/got size 0: give the side of its input/);
  });
});

describe('toStock', () => {
  it.each<['resnet' | 'mobilenetv2', string]>([
    ['resnet', 'wa+gn'],
    ['resnet', 'bkn'],
    ...['wa+gn', 'bn', 'ws+gn', 'brn', 'mabn', 'none', 'bkn', 'wa+bcn'].map(
      (recipe) => ['mobilenetv2', recipe] as ['mobilenetv2', string],
    ),
  ])('gives the logits of DeepLabv3 on %s with %s', (backbone, recipe) => {
    const model = network(recipe, { backbone, depth: 18 });
    const stock = toStock(model, { size: 49 });
    expect(difference(model, stock, images(49))).toBeLessThan(3e-5);
    expect(STOCK_CLASSES).toEqual(expect.arrayContaining(classesOf(stock)));
    expect(stock.outputs[0]?.shape).toEqual([null, 49, 49, 3]);
  });

  it.each<[string, Partial<DeepLabV3Options>]>([
    ['output stride 8', { outputStride: 8 }],
    ['the decoder of v3+', { decoder: 'v3plus' }],
    ['ResNet-D at output stride 8', { backbone: 'resnet', depth: 18, variant: 'v1d', outputStride: 8 }],
  ])('gives the logits of DeepLab with %s', (_, options) => {
    const model = network('wa+gn', options);
    expect(difference(model, toStock(model, { size: 49 }), images(49))).toBeLessThan(3e-5);
  });

  it('leaves an auxiliary head out', () => {
    const model = network('bn', { auxiliaryHead: true });
    const stock = toStock(model, { size: 33 });
    expect(stock.outputs).toHaveLength(1);
    expect(stock.layers.filter(({ name }) => name.startsWith('aux'))).toEqual([]);
    const [logits] = model.predict(images(33)) as tf.Tensor[];
    expect(disagreement(logits as tf.Tensor, stock.predict(images(33)) as tf.Tensor)).toBeLessThan(1e-5);
  });

  it('takes pixels where it knows their statistics', () => {
    const model = network('bn');
    const pixels = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] } as const;
    const stock = toStock(model, { size: 33, pixels });
    const x = tf.randomUniform([1, 33, 33, 3], 0, 255, 'float32', 4);
    const normalized = tf.div(
      tf.sub(tf.div(x, 255), tf.tensor1d([...pixels.mean])),
      tf.tensor1d([...pixels.std]),
    );
    expect(disagreement(model.predict(normalized) as tf.Tensor, stock.predict(x) as tf.Tensor)).toBeLessThan(
      1e-5,
    );
  });

  it('keeps the names of kernels and leaves the model as it is', () => {
    const model = network('wa+gn');
    const x = images(33);
    const before = (model.predict(x) as tf.Tensor).dataSync();
    const names = toStock(model, { size: 33 }).weights.map(({ originalName }) => originalName);
    expect(names).toContain('backbone.features.2.conv.0.0/kernel');
    expect(names).toContain('backbone.features.2.conv.0.1/gamma');
    expect((model.predict(x) as tf.Tensor).dataSync()).toEqual(before);
  });

  it.each([
    ['evos0', 'backbone.features.0.1', 'EvoNormS0'],
    ['frn', 'backbone.features.0.1', 'FilterResponseNorm'],
    ['gkn', 'backbone.features.0.0', 'KalmanConv2D'],
  ])('refuses %s, which stock layers cannot compute', (recipe, layer, className) => {
    expect(() => toStock(network(recipe), { size: 33 })).toThrow(
      new RegExp(`^Layer "${layer}" \\(${className}\\) cannot be exported: it.*needs @plumbline/norm\\.$`),
    );
  });

  it('refuses a layer it does not know', () => {
    const model = modelOf((x) => apply(tfl.layers.elu({ name: 'odd' }), x));
    expect(() => toStock(model, { size: 4 })).toThrow(
      'Layer "odd" (ELU) cannot be exported: TensorFlow.js has no such layer.',
    );
  });
});
