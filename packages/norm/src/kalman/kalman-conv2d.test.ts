import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { largestDifference } from '../testing/golden.ts';
import { WeightAlign } from '../weights/weight-align.ts';
import { KalmanConv2D, type KalmanConv2DArgs } from './kalman-conv2d.ts';
import { predictedMoments } from './predict.ts';

const options = { filters: 5, kernelSize: 3, padding: 1, strides: 2, seed: 3 } as const;
const pair = (): tf.Tensor3D => tf.tensor3d([[[0.3, -0.4], [1.7, 0.6]]]); // prettier-ignore
const image = (size = 7): tf.Tensor4D => tf.randomNormal([2, size, size, 2], 0, 1, 'float32', 2);

const connected = (args: Partial<KalmanConv2DArgs> = {}): KalmanConv2D => {
  const layer = new KalmanConv2D({ name: 'conv', ...options, ...args });
  layer.apply([tfl.input({ shape: [null, null, 2] }), tfl.input({ batchShape: [1, 2, 2] })]);
  return layer;
};
const run = (layer: KalmanConv2D, training: boolean, x = image()): [y: tf.Tensor, moments: tf.Tensor] =>
  layer.apply([x, pair()], { training }) as [tf.Tensor, tf.Tensor];
const countOf = (layer: KalmanConv2D): number | undefined =>
  layer.nonTrainableWeights[0]?.read().dataSync()[0];

describe('KalmanConv2D', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it.each(['reference', 'consistent'] as const)(
    'gives NormConv2D’s y, and moments beside it: %s',
    (prediction) => {
      const args = { useBias: true, kernelNormalizer: new WeightAlign() };
      const layer = connected({ prediction, ...args });
      const plain = new NormConv2D({ name: 'plain', ...options, ...args });
      const wanted = plain.apply(image()) as tf.Tensor;
      for (const training of [true, false]) {
        const [y, moments] = run(layer, training);
        expect(y.dataSync()).toEqual(wanted.dataSync());
        expect([y.shape, moments.shape]).toEqual(layer.computeOutputShape([[2, 7, 7, 2], [1, 2, 2]])); // prettier-ignore
      }
      expect(layer.computeOutputShape([null, null, null, 2])).toEqual([null, null, null, 5]);
    },
  );

  it.each(['reference', 'consistent'] as const)('predicts in groups: %s', (prediction) => {
    const layer = connected({ prediction, filters: 6, groups: 2 });
    const wanted = predictedMoments(pair(), layer.effectiveKernel(), null, 2).dataSync();
    const [y, moments] = run(layer, true, tf.zeros([1, 401, 401, 2]));
    expect(y.shape).toEqual([1, 201, 201, 6]);
    expect(largestDifference(moments.dataSync(), wanted)).toBeLessThan(
      prediction === 'consistent' ? 1e-6 : 0.1,
    );
    expect(Math.max(...wanted)).toBeGreaterThan(0.3);
  });

  it('predicts through its effective kernel and its bias: consistent, the same in training and inference', () => {
    const layer = connected({ prediction: 'consistent', kernelNormalizer: new WeightAlign() });
    const [kernel, gamma] = layer.getWeights();
    const bias = tf.tensor1d([1, 2, 3, 4, 5]);
    layer.setWeights([kernel as tf.Tensor, gamma as tf.Tensor, bias]);
    const wanted = predictedMoments(pair(), layer.effectiveKernel(), bias).dataSync();
    for (const training of [true, false]) expect(run(layer, training)[1].dataSync()).toEqual(wanted);
    expect(layer.nonTrainableWeights).toHaveLength(0);
  });

  it('predicts by sampling, with its strides, padding and bias: on a large map what the closed form says', () => {
    const layer = connected();
    const bias = tf.tensor1d([1, -2, 3, -4, 5]);
    layer.setWeights([tf.mul(layer.effectiveKernel(), 2), bias, tf.zeros([1])]);
    const wanted = predictedMoments(pair(), layer.effectiveKernel(), bias).dataSync();
    const [, moments] = run(layer, true, tf.zeros([1, 401, 401, 2]));
    expect(largestDifference(moments.dataSync(), wanted)).toBeLessThan(0.1);
  });

  it('draws other noise at every training step, the same from the same count, and none in inference', () => {
    const layer = connected();
    const step = (training = true): Float32Array => run(layer, training)[1].dataSync() as Float32Array;
    const first = step();
    expect(step()).not.toEqual(first);
    expect(countOf(layer)).toBe(2);
    expect([...step(false)]).toEqual(new Array<number>(10).fill(0));
    expect(countOf(layer)).toBe(2);
    layer.setWeights([...layer.getWeights().slice(0, 2), tf.zeros([1])]);
    expect(step()).toEqual(first);
    const other = connected({ noiseSeed: 12 });
    other.setWeights(layer.getWeights());
    expect(run(other, true)[1].dataSync()).not.toEqual(step());
  });

  it('seeds its noise as its kernel, or by its name where that has no seed', () => {
    const [a, again, b] = ['a', 'a', 'b'].map(
      (name) => new KalmanConv2D({ name, filters: 2, kernelSize: 1 }).noiseSeed,
    );
    expect(a).toBe(again);
    expect(a).not.toBe(b);
    expect(new KalmanConv2D(options).noiseSeed).toBe(3);
    const config = { noiseSeed: -3, prediction: 'reference' };
    expect(new KalmanConv2D({ ...options, noiseSeed: -3 }).getConfig()).toMatchObject(config);
  });

  it('leaks no tensor', () => {
    const layer = connected();
    const [x, moments] = [image(), pair()];
    const step = (): void => tf.dispose(layer.apply([x, moments], { training: true }) as tf.Tensor[]);
    step();
    const before = tf.memory().numTensors;
    for (let count = 0; count < 20; count++) step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it cannot use, by name', () => {
    expect(() => new KalmanConv2D({ name: 'c', ...options, noiseSeed: 0.5 })).toThrow(
      /KalmanConv2D "c" got noiseSeed 0.5: use a whole int32/,
    );
    const three = [image(), pair(), pair()];
    expect(() => connected().call(three)).toThrow(
      /KalmanConv2D "conv" got 3 inputs: give it x, or \[x, moments\]/,
    );
    expect(() => connected().apply([image(), tf.zeros([1, 2, 3])])).toThrow(/conv/);
    const alone = new KalmanConv2D({ name: 'alone', ...options });
    alone.apply(tfl.input({ shape: [null, null, 2] }));
    expect(() => alone.call([image(), pair()], { training: true })).toThrow(
      /"alone" was first connected to x alone/,
    );
  });
});
