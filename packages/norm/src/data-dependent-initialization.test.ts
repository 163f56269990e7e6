import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { initializeFromData } from './data-dependent-initialization.ts';
import { BatchNorm } from './layers/batch-norm.ts';
import { MovingAverageBatchNorm } from './layers/moving-average-batch-norm.ts';
import { NormConv2D } from './layers/norm-conv2d.ts';
import { NormConv2DTranspose } from './layers/norm-conv2d-transpose.ts';
import { NormDense } from './layers/norm-dense.ts';
import { NormDepthwiseConv2D } from './layers/norm-depthwise-conv2d.ts';
import { NormSeparableConv2D } from './layers/norm-separable-conv2d.ts';
import { Relu } from './layers/relu.ts';
import { largestDifference } from './testing/golden.ts';
import type { KernelNormalizer } from './weights/kernel-normalizer.ts';
import { ParametricWeightStandardization } from './weights/parametric-weight-standardization.ts';
import { WeightAlign } from './weights/weight-align.ts';
import { WeightNormalization } from './weights/weight-normalization.ts';

const connect = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor): tfl.SymbolicTensor =>
  layer.apply(x) as tfl.SymbolicTensor;

const conv = (name: string, kernelNormalizer: KernelNormalizer | null, seed = 3): NormConv2D =>
  new NormConv2D({ name, filters: 4, kernelSize: 3, seed, kernelNormalizer });

/** A chain of layers over images of 6×6 pixels and 3 channels. */
function chain(layers: readonly tfl.layers.Layer[]): tfl.LayersModel {
  const input = tfl.input({ shape: [6, 6, 3] });
  let x = input;
  for (const layer of layers) x = connect(layer, x);
  return tfl.model({ inputs: input, outputs: x, name: 'chain' });
}

const batch = (): tf.Tensor4D => tf.randomNormal([8, 6, 6, 3], 0.4, 2, 'float32', 5);
const valuesOf = (weights: readonly tf.Tensor[]): Float32Array[] =>
  weights.map((weight) => weight.dataSync().slice() as Float32Array);
const gammaOf = (layer: tfl.layers.Layer): number[] => {
  const gamma = layer.weights.find((weight) => weight.originalName.endsWith('/gamma'));
  return [...(gamma?.read().dataSync() ?? [])];
};

describe('initializeFromData', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('gives every channel of every weight-normalized layer mean 0 and variance 1, one layer after the other', () => {
    const normalizer = new WeightNormalization();
    const layers = [conv('a', normalizer), new Relu({ name: 'r' }), conv('b', normalizer, 4)];
    const model = chain(layers);
    expect(initializeFromData(model, batch())).toEqual(['a', 'b']);
    let x: tf.Tensor = batch();
    for (const layer of layers) {
      x = layer.apply(x) as tf.Tensor;
      if (layer.name === 'r') continue;
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      expect(largestDifference(mean.dataSync(), [0, 0, 0, 0])).toBeLessThan(1e-5);
      expect(largestDifference(variance.dataSync(), [1, 1, 1, 1])).toBeLessThan(1e-5);
    }
  });

  it('sets every α of a PWS layer to sqrt(2 / unbiased variance) of all its outputs at α = 1, bias included', () => {
    const model = chain([conv('a', new ParametricWeightStandardization())]);
    const layer = model.getLayer('a') as NormConv2D;
    const [kernel, , bias] = layer.getWeights() as [tf.Tensor, tf.Tensor, tf.Tensor];
    layer.setWeights([kernel, tf.tensor1d([5, 6, 7, 8]), tf.add(bias, [3, 0, 0, -3])]);
    const x = batch();
    initializeFromData(model, x);
    const alpha = gammaOf(layer);
    expect(new Set(alpha).size).toBe(1);
    layer.setWeights([kernel, tf.ones([4]), tf.tensor1d([3, 0, 0, -3])]);
    const y = [...(layer.apply(x) as tf.Tensor).dataSync()];
    const mean = y.reduce((a, b) => a + b, 0) / y.length;
    const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (y.length - 1);
    expect((alpha[0] ?? NaN) / Math.sqrt(2 / variance)).toBeCloseTo(1, 5);
  });

  it('initializes only what is selected, what is trainable, and what has such an initialization', () => {
    const pws = new ParametricWeightStandardization();
    const layers = [
      conv('stem', pws),
      conv('conv1', pws),
      conv('conv2', pws),
      conv('aligned', new WeightAlign()),
      conv('plain', null),
    ];
    const model = chain(layers);
    model.getLayer('conv1').trainable = false;
    const others = ['conv1', 'conv2', 'aligned', 'plain'].map((name) => model.getLayer(name));
    const before = others.map((layer) => valuesOf(layer.getWeights()));
    expect(initializeFromData(model, batch(), { select: ({ name }) => name !== 'conv2' })).toEqual(['stem']);
    expect(others.map((layer) => valuesOf(layer.getWeights()))).toEqual(before);
    expect(gammaOf(model.getLayer('stem'))[0]).not.toBeCloseTo(1, 2);
  });

  it('restores running statistics, and leaves the layers’ own function in place', () => {
    const layer = conv('a', new WeightNormalization());
    const model = chain([layer, new BatchNorm({ name: 'n' })]);
    const before = valuesOf(model.getLayer('n').getWeights());
    initializeFromData(model, batch());
    expect(valuesOf(model.getLayer('n').getWeights())).toEqual(before);
    const set = valuesOf(layer.getWeights());
    model.predict(tf.mul(batch(), 3));
    expect(valuesOf(layer.getWeights())).toEqual(set);
    expect(Object.hasOwn(layer, 'call')).toBe(false);
  });

  it('goes on with batch statistics where the model has them, as the first training step does', () => {
    const [first, second] = [conv('a', null), conv('b', new WeightNormalization(), 4)];
    const model = chain([first, new BatchNorm({ name: 'n' }), second]);
    initializeFromData(model, tf.add(tf.mul(batch(), 10), 50));
    const y = model.apply(tf.add(tf.mul(batch(), 10), 50), { training: true }) as tf.Tensor;
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    expect(largestDifference(mean.dataSync(), [0, 0, 0, 0])).toBeLessThan(1e-4);
    expect(largestDifference(variance.dataSync(), [1, 1, 1, 1])).toBeLessThan(1e-4);
  });

  it('enters models inside the model, sets a shared layer once, and takes several inputs', () => {
    const shared = conv('shared', new WeightNormalization());
    const inner = chain([shared]);
    const inputs = [tfl.input({ shape: [6, 6, 3] }), tfl.input({ shape: [6, 6, 3] })];
    const [a, b] = inputs.map((input) => inner.apply(input) as tfl.SymbolicTensor);
    const sum = tfl.layers.add().apply([a as tfl.SymbolicTensor, b as tfl.SymbolicTensor]);
    const model = tfl.model({ inputs, outputs: sum as tfl.SymbolicTensor });
    const x = batch();
    expect(initializeFromData(model, [x, tf.mul(x, 9)])).toEqual(['shared']);
    // By one of its uses; the other one has 81 times its variance, or a part in 81.
    const { variance } = tf.moments(shared.apply(x) as tf.Tensor, [0, 1, 2]);
    const factor = (variance.dataSync()[0] ?? NaN) > 0.5 ? 1 : 1 / 81;
    expect(largestDifference(variance.dataSync(), Array(4).fill(factor) as number[])).toBeLessThan(1e-5);
  });

  it.each([
    {
      kind: 'depthwise',
      make: (kernelNormalizer: KernelNormalizer) =>
        new NormDepthwiseConv2D({
          name: 'k',
          kernelSize: 3,
          depthMultiplier: 2,
          seed: 2,
          strides: 2,
          kernelNormalizer,
        }),
    },
    {
      kind: 'transposed',
      make: (kernelNormalizer: KernelNormalizer) =>
        new NormConv2DTranspose({
          name: 'k',
          filters: 5,
          kernelSize: 3,
          strides: 2,
          seed: 2,
          kernelNormalizer,
        }),
    },
    {
      kind: 'dense',
      make: (kernelNormalizer: KernelNormalizer) =>
        new NormDense({ name: 'k', units: 5, seed: 2, kernelNormalizer }),
    },
    {
      kind: 'separable',
      make: (kernelNormalizer: KernelNormalizer) =>
        new NormSeparableConv2D({
          name: 'k',
          filters: 5,
          kernelSize: 3,
          depthMultiplier: 2,
          seed: 2,
          depthwiseNormalizer: kernelNormalizer,
          pointwiseNormalizer: kernelNormalizer,
        }),
    },
  ])('serves the $kind layer', ({ make }) => {
    const layer = make(new WeightNormalization());
    const model = chain([layer]);
    const x = batch();
    expect(initializeFromData(model, x)).toEqual(['k']);
    const y = layer.apply(x) as tf.Tensor;
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    expect(tf.max(tf.abs(mean)).dataSync()[0]).toBeLessThan(1e-5);
    expect(tf.max(tf.abs(tf.sub(variance, 1))).dataSync()[0]).toBeLessThan(1e-4);

    const parametric = make(new ParametricWeightStandardization());
    initializeFromData(chain([parametric]), x);
    const all = tf.moments(parametric.apply(x) as tf.Tensor).variance.dataSync()[0];
    expect(all).toBeCloseTo(2, 1);
  });

  it('sets a layer without bias by its variance alone', () => {
    const layer = new NormConv2D({
      name: 'a',
      filters: 4,
      kernelSize: 3,
      seed: 1,
      useBias: false,
      kernelNormalizer: new WeightNormalization(),
    });
    initializeFromData(chain([layer]), batch());
    const { variance } = tf.moments(layer.apply(batch()) as tf.Tensor, [0, 1, 2]);
    expect(largestDifference(variance.dataSync(), [1, 1, 1, 1])).toBeLessThan(1e-5);
  });

  it('refuses a model without such a layer', () => {
    const model = chain([conv('a', new WeightAlign())]);
    expect(() => initializeFromData(model, batch())).toThrow(/no layer.*model "chain".* 0 have/);
    const selected = chain([conv('b', new WeightNormalization())]);
    expect(() => initializeFromData(selected, batch(), { select: () => false })).toThrow(/ 1 have/);
  });

  it('refuses a batch without variance or with NaN by the layer’s name, and changes nothing then', () => {
    const layers = [
      conv('a', new ParametricWeightStandardization()),
      conv('b', new ParametricWeightStandardization()),
    ];
    const model = chain(layers);
    const before = valuesOf(model.getWeights());
    expect(() => initializeFromData(model, tf.zeros([2, 6, 6, 3]))).toThrow(
      /NormConv2D "a".*outputs have no/,
    );
    expect(valuesOf(model.getWeights())).toEqual(before);
    const fresh = chain([conv('c', new ParametricWeightStandardization())]);
    expect(() => initializeFromData(fresh, tf.fill([2, 6, 6, 3], NaN))).toThrow(/NormConv2D "c" got NaN/);
    expect(gammaOf(fresh.getLayer('c'))).toEqual([1, 1, 1, 1]);
  });

  it('leaks no tensor', () => {
    const model = chain([conv('a', new WeightNormalization()), new BatchNorm({ name: 'n' })]);
    const x = batch();
    initializeFromData(model, x);
    const before = tf.memory().numTensors;
    initializeFromData(model, x);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves Moving Average Batch Normalization without a forward pass that waits for its backward one', () => {
    const norm = new MovingAverageBatchNorm({ name: 'norm' });
    const model = chain([conv('a', new ParametricWeightStandardization()), norm]);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    initializeFromData(model, batch());
    tf.variableGrads(() => tf.mean(model.apply(batch(), { training: true }) as tf.Tensor));
    expect(warn).not.toHaveBeenCalled();
    model.apply(batch(), { training: true });
    model.apply(batch(), { training: true });
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});
