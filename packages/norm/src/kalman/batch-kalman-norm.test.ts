import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';
import { BatchKalmanNorm, type BatchKalmanNormArgs } from './batch-kalman-norm.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const posterior = [0.085889, 0.098167, 0.088, 0.083444, 0.75685, 0.752653, 0.75462, 0.755804];
const predicted = (): tf.Tensor3D =>
  tf.tensor3d([[new Array<number>(4).fill(0.1), new Array<number>(4).fill(0.8)]]);
const gamma = [1, -2, 0.5, 3];
const beta = [0.1, 0.2, -0.3, 0.4];

const make = (args: BatchKalmanNormArgs = {}, withPrediction = true): BatchKalmanNorm => {
  const layer = new BatchKalmanNorm({ name: 'bkn', ...args });
  const x = tfl.input({ shape: [null, null, 4] });
  layer.apply(withPrediction ? [x, tfl.input({ batchShape: [1, 2, 4] })] : x);
  return layer;
};
const run = (layer: BatchKalmanNorm, training: boolean): [y: tf.Tensor, moments: tf.Tensor] =>
  layer.apply([goldenActivations(), predicted()], { training }) as [tf.Tensor, tf.Tensor];
const stateOf = (layer: BatchKalmanNorm): number[] =>
  layer.weights.slice(2).flatMap((weight) => [...weight.read().dataSync()]);

describe('BatchKalmanNorm', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('gives the golden values, and hands the blended moments on', () => {
    const layer = make();
    const [y, moments] = run(layer, true);
    expect(largestDifference(elementsAt(y, probes), [-0.995301, -0.809138, 0.509282])).toBeLessThan(2e-6);
    expect(moments.shape).toEqual([1, 2, 4]);
    expect(largestDifference(moments.dataSync(), posterior)).toBeLessThan(1e-6);
  });

  it('keeps a running average of the blended moments: 0.9 of the old from 0 and 1', () => {
    const layer = make();
    run(layer, true);
    const wanted = posterior.map((value, i) => 0.1 * value + (i < 4 ? 0 : 0.9));
    expect(largestDifference(stateOf(layer), wanted)).toBeLessThan(1e-6);
    run(layer, true);
    const twice = wanted.map((value, i) => 0.9 * value + 0.1 * (posterior[i] ?? NaN));
    expect(largestDifference(stateOf(layer), twice)).toBeLessThan(1e-6);
  });

  it.each([true, false])('hands on what leaves it, β and γ², when consistent; training: %s', (training) => {
    const layer = make({ prediction: 'consistent' });
    layer.setWeights([tf.tensor1d(gamma), tf.tensor1d(beta), ...layer.getWeights().slice(2)]);
    const [, moments] = run(layer, training);
    const wanted = [...beta, ...gamma.map((value) => value * value)];
    expect(largestDifference(moments.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it('without a prediction is batch normalization, and starts a stream of moments on request', () => {
    const x = goldenActivations();
    const wanted = (make.call(null, {}, false).apply(x, { training: true }) as tf.Tensor).dataSync();
    const batchNorm = new BatchNorm({ name: 'bn' }).apply(x, { training: true }) as tf.Tensor;
    expect(largestDifference(wanted, batchNorm.dataSync())).toBeLessThan(1e-6);
    const layer = make({ emitMoments: true }, false);
    const [y, moments] = layer.apply(x, { training: true }) as tf.Tensor[];
    const observed = [-0.041111, 0.081667, -0.02, -0.065556, 0.350577, 0.326231, 0.333244, 0.333369];
    expect(y?.dataSync()).toEqual(wanted);
    expect(largestDifference(moments?.dataSync() ?? [], observed)).toBeLessThan(1e-6);
    const state = observed.map((value, i) => 0.1 * value + (i < 4 ? 0 : 0.9));
    expect(largestDifference(stateOf(layer), state)).toBeLessThan(1e-6);
  });

  it('passes the gradient through the moments of a stream that it starts', () => {
    const layer = make({ emitMoments: true }, false);
    const momentsOf = (x: tf.Tensor): tf.Tensor =>
      (layer.apply(x, { training: true }) as tf.Tensor[])[1] as tf.Tensor;
    const slope = tf
      .grad((x: tf.Tensor) => tf.sum(momentsOf(x)))(goldenActivations())
      .dataSync();
    expect(Math.max(...slope)).toBeGreaterThan(0.01);
  });

  it.each(['inference', 'a frozen training step'])(
    'in %s normalizes by its averages, whatever is predicted',
    (where) => {
      const layer = make();
      const [mean, variance] = [
        [0.1, 0.2, 0.3, 0.4],
        [1, 4, 9, 0.25],
      ];
      layer.setWeights(
        [gamma, beta, mean as number[], variance as number[]].map((values) => tf.tensor1d(values)),
      );
      layer.trainable = where === 'inference';
      const x = goldenActivations();
      const [y, moments] = run(layer, where !== 'inference');
      const { scale, shift } = layer.inferenceAffine();
      const normalized = tf.div(tf.sub(x, mean as number[]), tf.sqrt(tf.add(variance as number[], 1e-5)));
      expect(
        largestDifference(y.dataSync(), tf.add(tf.mul(normalized, gamma), beta).dataSync()),
      ).toBeLessThan(1e-5);
      expect(largestDifference(y.dataSync(), tf.add(tf.mul(x, scale), shift).dataSync())).toBeLessThan(1e-5);
      expect(largestDifference(moments.dataSync(), [...(mean ?? []), ...(variance ?? [])])).toBeLessThan(
        1e-6,
      );
      expect(largestDifference(stateOf(layer), [...(mean ?? []), ...(variance ?? [])])).toBeLessThan(1e-6);
    },
  );

  it('takes features without positions', () => {
    const layer = new BatchKalmanNorm({ name: 'flat' });
    const [y] = layer.apply([tf.tensor2d([[1], [3]]), tf.tensor3d([[[2], [1]]])], {
      training: true,
    }) as tf.Tensor[];
    expect(largestDifference(y?.dataSync() ?? [], [-1, 1])).toBeLessThan(1e-4);
  });

  it('announces one output or two', () => {
    const x = [null, null, null, 4];
    expect(make({}, false).computeOutputShape(x)).toEqual(x);
    expect(make({ emitMoments: true }, false).computeOutputShape(x)).toEqual([x, [1, 2, 4]]);
    expect(make().computeOutputShape([x, [1, 2, 4]])).toEqual([x, [1, 2, 4]]);
  });

  it.each([
    [{ predictionRate: 1.5 }, /BatchKalmanNorm "n" got predictionRate 1.5: use a number from 0/],
    [{ momentum: -1 }, /BatchKalmanNorm "n" got momentum -1/],
    [{ epsilon: -1 }, /"n" got epsilon -1/],
  ])('refuses %j', (options, message) => {
    expect(() => new BatchKalmanNorm({ name: 'n', ...options })).toThrow(message);
  });

  it('refuses one value per channel in training, with a prediction too', () => {
    const layer = make();
    expect(() => layer.apply([tf.ones([1, 1, 1, 4]), predicted()], { training: true })).toThrow(
      /"bkn" got an input of shape \[1, 1, 1, 4\] in training: one value per channel/,
    );
  });
});
