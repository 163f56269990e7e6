import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SeededDropout, type DropoutForm } from './seeded-dropout.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const RATE = 0.4;
const layer = (form: DropoutForm = 'mean', seed = 5): SeededDropout =>
  new SeededDropout({ name: 'dropout', rate: RATE, seed, form });
const run = (of: SeededDropout, x: tf.Tensor, training = true): tf.Tensor =>
  of.apply(x, { training }) as tf.Tensor;
const countOf = (of: SeededDropout): number | undefined => of.getWeights()[0]?.dataSync()[0];
const meanOf = (x: tf.Tensor): number => tf.mean(x).dataSync()[0] ?? NaN;

it('in form mean keeps the mean, in form l2 the mean square', () => {
  const x = tf.randomNormal([200, 200], 1, 2, 'float32', 3);
  expect(meanOf(run(layer('mean'), x)) / meanOf(x)).toBeCloseTo(1, 1);
  expect(meanOf(tf.square(run(layer('l2'), x))) / meanOf(tf.square(x))).toBeCloseTo(1, 1);
  // What the other form does to the mean square: a factor of 1 / (1 − rate).
  expect(meanOf(tf.square(run(layer('mean'), x))) / meanOf(tf.square(x))).toBeCloseTo(1 / (1 - RATE), 1);
});

it('scales what it keeps by 1/(1 − rate) or its root', () => {
  for (const [form, scale] of [
    ['mean', 1 / (1 - RATE)],
    ['l2', 1 / Math.sqrt(1 - RATE)],
  ] as const) {
    const values = run(layer(form), tf.ones([40, 50])).dataSync();
    const kept = values.filter((value) => value !== 0);
    expect(Math.abs(kept.length / values.length - (1 - RATE))).toBeLessThan(0.05);
    for (const value of kept) expect(value).toBeCloseTo(scale, 5);
  }
});

it('draws other masks each time, the same ones by the same seed', () => {
  const x = tf.ones([20, 20]);
  const masks = (seed: number): Float32Array[] => {
    const one = layer('mean', seed);
    return [run(one, x), run(one, x)].map((y) => y.dataSync<'float32'>());
  };
  const [first, second] = masks(5);
  expect(second).not.toEqual(first);
  expect(masks(5)).toEqual([first, second]);
  expect(masks(6)[0]).not.toEqual(first);
});

it('is the identity in inference, and does not count it', () => {
  const one = layer('l2');
  const x = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
  expect(run(one, x, false).dataSync()).toEqual(x.dataSync());
  expect(countOf(one)).toBe(0);
  run(one, x);
  expect(countOf(one)).toBe(1);
});

it('passes the gradient through what it kept, with the same scale', () => {
  const one = layer('l2');
  let output: tf.Tensor | undefined;
  const slope = tf.grad((t: tf.Tensor) => {
    output = tf.keep(run(one, t));
    return tf.sum(output);
  })(tf.ones([30]));
  expect(slope.dataSync()).toEqual(output?.dataSync());
  output?.dispose();
});

it('is saved with its form and its count', async () => {
  const input = tfl.input({ shape: [8] });
  const model = tfl.model({ inputs: input, outputs: layer('l2').apply(input) as tfl.SymbolicTensor });
  const trained = (of: tfl.LayersModel): tf.TypedArray =>
    (of.apply(tf.ones([4, 8]), { training: true }) as tf.Tensor).dataSync();
  trained(model);
  const restored = await savedAndLoaded(model);
  expect(trained(restored)).toEqual(trained(model));
});

it('loads under the class name that models were saved with', () => {
  expect(SeededDropout.className).toBe('PlumblineSeededDropout');
});

it('refuses a rate that is no share, and another form', () => {
  expect(() => new SeededDropout({ name: 'dropout', rate: 1, seed: 0 })).toThrow(
    'Dropout "dropout" got rate 1: give a share from 0 up to, not including, 1.',
  );
  expect(() => layer('max' as DropoutForm)).toThrow('Dropout "dropout" got form "max": use one of mean, l2.');
});
