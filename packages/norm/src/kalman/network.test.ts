// Kalman Normalization in whole models, as TF.js runs, trains and stores them.

import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { largestDifference } from '../testing/golden.ts';
import { layerGradientErrors } from '../testing/layer-gradients.ts';
import { BatchKalmanNorm } from './batch-kalman-norm.ts';
import { GroupKalmanNorm } from './group-kalman-norm.ts';
import { KalmanConv2D } from './kalman-conv2d.ts';
import { MomentAdd } from './moment-add.ts';
import { MomentRelu } from './moment-relu.ts';
import type { KalmanPrediction } from './predict.ts';
import { activationsOf, connect, type Signal } from './signal.ts';

type Method = `bkn, ${KalmanPrediction}` | 'gkn';
const methods: readonly Method[] = ['bkn, reference', 'bkn, consistent', 'gkn'];
const CHANNELS = 6;
const CLASSES = 3;

const convOf = (method: Method, name: string): KalmanConv2D =>
  new KalmanConv2D({
    name,
    filters: CHANNELS,
    kernelSize: 3,
    padding: 1,
    useBias: false,
    seed: name.length * 10 + Number(name.at(-1)),
    prediction: method === 'bkn, reference' ? 'reference' : 'consistent',
  });
const normOf = (method: Method, name: string): tfl.layers.Layer =>
  method === 'gkn'
    ? new GroupKalmanNorm({ name, groups: 2, emitMoments: true })
    : new BatchKalmanNorm({
        name,
        emitMoments: true,
        prediction: method === 'bkn, reference' ? 'reference' : 'consistent',
      });
const unit = (method: Method, signal: Signal, index: number): Signal =>
  connect(normOf(method, `norm${index}`), connect(convOf(method, `conv${index}`), signal));

/** conv-norm twice, with a rectifier between them unless finite differences would meet its kink. */
function stack(method: Method, rectified = true): tfl.LayersModel {
  const input = tfl.input({ shape: [null, null, 2] });
  const first = unit(method, input, 1);
  const between = rectified ? connect(new MomentRelu({ name: 'relu1' }), first) : first;
  return tfl.model({ inputs: input, outputs: activationsOf(unit(method, between, 2)) });
}

/** A stem, a residual block whose shortcut has moments, a convolution after the sum, and logits. */
function network(method: Method): tfl.LayersModel {
  const input = tfl.input({ shape: [null, null, 2] });
  const stem = connect(new MomentRelu({ name: 'relu1' }), unit(method, input, 1));
  let branch = connect(new MomentRelu({ name: 'relu2' }), unit(method, stem, 2));
  branch = unit(method, branch, 3);
  const sum = connect(
    new MomentRelu({ name: 'relu3' }),
    connect(new MomentAdd({ name: 'sum' }), [branch, stem]),
  );
  const last = connect(new MomentRelu({ name: 'relu4' }), unit(method, sum, 4));
  const logits = connect(new NormConv2D({ name: 'logits', filters: CLASSES, kernelSize: 1, seed: 9 }), last);
  return tfl.model({ inputs: input, outputs: activationsOf(logits) });
}

const images = (count: number, seed = 4): tf.Tensor4D =>
  tf.randomNormal([count, 8, 8, 2], 0.3, 1.5, 'float32', seed);
const train = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor =>
  model.apply(x, { training: true }) as tf.Tensor;
const stateOf = (model: tfl.LayersModel): Float32Array[] =>
  model.nonTrainableWeights.map((weight) => weight.read().dataSync().slice() as Float32Array);
const namesOf = (model: tfl.LayersModel): string[] =>
  model.nonTrainableWeights.map((weight) => weight.originalName);

/** A classification of pixels by the brighter of two channels, and the steps of gradient descent on it. */
function losses(model: tfl.LayersModel, batch: number, steps: number): number[] {
  const x = images(batch);
  const [a, b] = tf.split(x, 2, 3);
  const labels = tf.oneHot(
    tf.squeeze(tf.cast(tf.greater(a as tf.Tensor, b as tf.Tensor), 'int32'), [3]),
    CLASSES,
  );
  const optimizer = tf.train.sgd(0.1);
  return Array.from({ length: steps }, () => {
    const cost = optimizer.minimize(() => {
      const logits = train(model, x);
      return tf.losses.softmaxCrossEntropy(
        tf.reshape(labels, [-1, CLASSES]),
        tf.reshape(logits, [-1, CLASSES]),
      );
    }, true);
    return cost?.dataSync()[0] ?? NaN;
  });
}

describe.each(methods)('a network with %s', (method) => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('advances its state once a step, though TF.js runs a layer for each of its outputs', () => {
    const model = network(method);
    const norm = model.getLayer('norm1') as BatchKalmanNorm;
    const count = namesOf(model).findIndex((name) => name.endsWith('noiseCount'));
    for (let step = 1; step <= 3; step++) {
      tf.dispose(train(model, images(2)));
      if (method === 'bkn, reference') expect([...(stateOf(model)[count] ?? [])]).toEqual([step]);
    }
    if (method === 'gkn') {
      expect(namesOf(model)).toEqual([]);
      return;
    }
    const conv = model.getLayer('conv1').apply(images(2)) as tf.Tensor;
    const mean = tf.mean(conv, [0, 1, 2]);
    const wanted = tf.mul(mean, 1 - 0.9 ** 3);
    expect(
      largestDifference(norm.nonTrainableWeights[0]?.read().dataSync() ?? [], wanted.dataSync()),
    ).toBeLessThan(1e-5);
    expect(namesOf(model)).toHaveLength(method === 'bkn, reference' ? 11 : 8);
  });

  it.each([1, 2])('trains on %i images: its loss falls', (batch) => {
    const course = losses(network(method), batch, 40);
    expect(course.every(Number.isFinite)).toBe(true);
    expect(course.at(-1)).toBeLessThan(0.5 * (course[0] ?? NaN));
  });

  it('infers without its state changing, the same each time', () => {
    const model = network(method);
    for (let step = 0; step < 5; step++) tf.dispose(train(model, images(2)));
    const before = stateOf(model);
    const first = (model.predict(images(2)) as tf.Tensor).dataSync();
    expect((model.predict(images(2)) as tf.Tensor).dataSync()).toEqual(first);
    expect(stateOf(model)).toEqual(before);
    expect(first.every(Number.isFinite)).toBe(true);
    const training = train(model, images(2)).dataSync();
    if (method === 'gkn') expect(training).toEqual(first);
    else expect(training).not.toEqual(first);
  });

  it('leaks no tensor over 100 training steps, nor in inference', () => {
    const model = stack(method);
    const x = images(1);
    const step = (): void => {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(train(model, x))) as tf.Scalar);
      tf.dispose([value, ...Object.values(grads)]);
      tf.dispose(model.predict(x) as tf.Tensor);
      tf.dispose(model.apply(x) as tf.Tensor);
    };
    step();
    const before = tf.memory().numTensors;
    for (let count = 0; count < 100; count++) step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is restored to the last bit by save and load, and goes on from there', async () => {
    const model = network(method);
    tf.dispose(train(model, images(2)));
    const restored = await savedAndLoaded(model);
    expect(restored.layers.map((layer) => layer.getConfig())).toEqual(
      model.layers.map((layer) => layer.getConfig()),
    );
    const x = images(2);
    for (let step = 0; step < 2; step++) {
      expect((restored.predict(x) as tf.Tensor).dataSync()).toEqual(
        (model.predict(x) as tf.Tensor).dataSync(),
      );
      expect(train(restored, x).dataSync()).toEqual(train(model, x).dataSync());
      expect(stateOf(restored)).toEqual(stateOf(model));
    }
  });
});

describe.each(['bkn, consistent', 'gkn'] as const)('two convolutions with %s', (method) => {
  it('have the gradients that finite differences have, the statistics’ part included', () => {
    const model = stack(method, false);
    model.setWeights(
      model
        .getWeights()
        .map((weight) => tf.add(weight, tf.randomUniform(weight.shape, 0, 0.3, 'float32', 5))),
    );
    const errors = layerGradientErrors(model, tf.randomNormal([2, 4, 4, 2], 0.3, 1, 'float32', 6));
    expect(Object.keys(errors)).toHaveLength(1 + 6);
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(2e-2);
    model.dispose();
  });
});

it('a network with gkn treats an image as if it were alone', () => {
  const model = network('gkn');
  const together = train(model, images(3));
  const apart = tf.split(images(3), 3).map((image) => train(model, image));
  expect(largestDifference(together.dataSync(), tf.concat(apart).dataSync())).toBeLessThan(1e-4);
  model.dispose();
});

it('a second convolution’s prediction is part of what bkn normalizes by', () => {
  const model = stack('bkn, consistent');
  const ignoring = stack('bkn, consistent');
  ignoring.setWeights(model.getWeights());
  Object.assign(ignoring.getLayer('norm2'), { predictionRate: 0 });
  const difference = largestDifference(
    train(model, images(2)).dataSync(),
    train(ignoring, images(2)).dataSync(),
  );
  expect(difference).toBeGreaterThan(0.05);
  model.dispose();
  ignoring.dispose();
});

it('has a gradient also where the same outputs were computed before without one', () => {
  const layer = new GroupKalmanNorm({ name: 'norm', groups: 2, emitMoments: true });
  const x = tf.randomNormal([1, 4, 4, CHANNELS], 0, 1, 'float32', 1);
  const kept = layer.apply(x) as tf.Tensor[];
  const { grads } = tf.variableGrads(() =>
    tf.mean(tf.square((layer.apply(x) as tf.Tensor[])[0] as tf.Tensor)),
  );
  expect(Object.keys(grads)).toHaveLength(2);
  tf.dispose([x, kept, grads]);
  layer.dispose();
});
