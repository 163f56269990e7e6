import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import { layerGradientErrors, weightedSum } from '../testing/layer-gradients.ts';
import { MovingAverageBatchNorm, type MovingAverageBatchNormArgs } from './moving-average-batch-norm.ts';

const images = (count: number, seed = 1): tf.Tensor =>
  tf.randomNormal([count, 2, 2, 3], 0.5, 2, 'float32', seed);
const built = (args: MovingAverageBatchNormArgs = {}): MovingAverageBatchNorm => {
  const layer = new MovingAverageBatchNorm({ name: 'mabn', ...args });
  layer.build([null, null, null, 3]);
  return layer;
};
const step = (layer: MovingAverageBatchNorm, x: tf.Tensor): void => {
  const { value, grads } = tf.variableGrads(() =>
    weightedSum(layer.apply(x, { training: true }) as tf.Tensor),
  );
  value.dispose();
  tf.dispose(grads);
};
const weight = (layer: MovingAverageBatchNorm, name: string): number[] => {
  const found = layer.weights.find(({ originalName }) => originalName.split('/').at(-1) === name);
  return [...(found?.read().dataSync() ?? [])];
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('MovingAverageBatchNorm', () => {
  it('advances one buffer forward and the other backward, and counts its steps', () => {
    const layer = built({ bufferSize: 2 });
    step(layer, images(2));
    expect(weight(layer, 'step')).toEqual([1]);
    const ofBatch = tf.mean(tf.square(images(2)), [0, 1, 2]).dataSync();
    expect(largestDifference(weight(layer, 'secondMoments'), [0, 0, 0, ...ofBatch])).toBeLessThan(1e-5);
    const gradientMoments = weight(layer, 'gradientMoments');
    expect(gradientMoments.slice(0, 3)).toEqual([0, 0, 0]);
    expect(Math.max(...gradientMoments.slice(3).map(Math.abs))).toBeGreaterThan(0.01);
  });

  it('warns once of training calls that no backward pass follows, and not of ordinary training', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const layer = built();
    for (let count = 0; count < 3; count++) {
      step(layer, images(2));
      layer.apply(images(2));
    }
    expect(warn).not.toHaveBeenCalled();
    for (let count = 0; count < 4; count++) layer.apply(images(2), { training: true });
    expect(warn).toHaveBeenCalledOnce();
    expect(String(warn.mock.calls[0])).toMatch(
      /"mabn" was called in training twice without a backward pass between: .* Use the layer once .*without `training: true`/,
    );
  });

  it('says what affine map it is in inference', () => {
    const layer = built({ momentum: 0.3 });
    const x = images(2);
    layer.apply(x, { training: true });
    layer.setWeights(layer.getWeights().map((value, i) => (i < 2 ? tf.add(value, 0.3) : value)));
    const { scale, shift } = layer.inferenceAffine();
    const wanted = layer.apply(x) as tf.Tensor;
    expect(largestDifference(tf.add(tf.mul(x, scale), shift).dataSync(), wanted.dataSync())).toBeLessThan(
      1e-5,
    );
  });

  it.each<[MovingAverageBatchNormArgs, RegExp]>([
    [{ bufferSize: 0 }, /MovingAverageBatchNorm "mabn" got bufferSize 0: use a whole number ≥ 1/],
    [{ normalizationBatch: 1.5 }, /got normalizationBatch 1.5: use a whole number ≥ 1/],
    [{ warmup: -1 }, /got warmup -1: use a whole number ≥ 0/],
    [{ renormalizationWarmup: -1 }, /got renormalizationWarmup -1/],
    [{ momentum: 1.5 }, /got momentum 1.5: use a number from 0 to 1/],
    [{ form: 'coco' as 'imagenet' }, /got form "coco": use 'detection' or 'imagenet'/],
  ])('refuses the options %j', (args, message) => {
    expect(() => new MovingAverageBatchNorm({ name: 'mabn', ...args })).toThrow(message);
  });
});

// The conformance suite calls layers with batches of several sizes, which this form does not take.
describe('MovingAverageBatchNorm in the form of ImageNet', () => {
  const args: MovingAverageBatchNormArgs = { form: 'imagenet', bufferSize: 2, normalizationBatch: 1 };

  it('takes its own batch in training and any in inference', () => {
    const layer = built(args);
    expect((layer.apply(images(2), { training: true }) as tf.Tensor).shape).toEqual([2, 2, 2, 3]);
    expect((layer.apply(images(3)) as tf.Tensor).shape).toEqual([3, 2, 2, 3]);
    expect(() => layer.apply(images(3), { training: true })).toThrow(
      /^MovingAverageBatchNorm "mabn" in the form 'imagenet' got a batch of 3 in training, but takes 2 sub-batches of 1/,
    );
  });

  it('has the gradients of finite differences while every sub-batch is used alone', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const layer = built({ ...args, warmup: 1000, renormalizationWarmup: 1000 });
    const errors = layerGradientErrors(layer, images(2));
    expect(Object.keys(errors)).toHaveLength(3);
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(1e-2);
  });

  it('converges to its inference, and keeps its state and function when frozen', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const layer = built({ ...args, momentum: 0.5 });
    const x = images(1);
    const pair = tf.concat([x, x]);
    let y = layer.apply(pair, { training: true }) as tf.Tensor;
    for (let count = 0; count < 30; count++) y = layer.apply(pair, { training: true }) as tf.Tensor;
    expect(largestDifference((layer.apply(pair) as tf.Tensor).dataSync(), y.dataSync())).toBeLessThan(1e-4);
    layer.trainable = false;
    const before = weight(layer, 'secondMoments');
    const other = layer.apply(images(3), { training: true }) as tf.Tensor;
    expect(other.dataSync()).toEqual((layer.apply(images(3)) as tf.Tensor).dataSync());
    expect(weight(layer, 'secondMoments')).toEqual(before);
  });

  it('is restored by save and load, state included, and leaks no tensor', async () => {
    const layer = new MovingAverageBatchNorm({ name: 'norm', ...args });
    const input = tfl.input({ shape: [null, null, 3] });
    const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
    const x = images(2);
    step(layer, x);
    const before = tf.memory().numTensors;
    for (let count = 0; count < 5; count++) step(layer, x);
    expect(tf.memory().numTensors).toBe(before);
    const restored = await savedAndLoaded(model);
    expect(restored.getLayer('norm').getConfig()).toEqual(layer.getConfig());
    for (const training of [false, true]) {
      const wanted = model.apply(x, { training }) as tf.Tensor;
      expect((restored.apply(x, { training }) as tf.Tensor).dataSync()).toEqual(wanted.dataSync());
    }
  });
});
