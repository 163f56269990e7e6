import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { SeededDropout, type DropoutForm } from './seeded-dropout.ts';

freeTensorsAfterEach();

const RATE = 0.4;
const dropped = (form: DropoutForm, x: tf.Tensor, training = true): tf.Tensor =>
  new SeededDropout({ rate: RATE, seed: 5, form }).apply(x, { training }) as tf.Tensor;
const meanOf = (x: tf.Tensor): number => tf.mean(x).dataSync()[0] ?? NaN;

it('in form mean keeps the mean, in form l2 the mean square', () => {
  const x = tf.randomNormal([200, 200], 1, 2, 'float32', 3);
  expect(meanOf(dropped('mean', x)) / meanOf(x)).toBeCloseTo(1, 1);
  expect(meanOf(tf.square(dropped('l2', x))) / meanOf(tf.square(x))).toBeCloseTo(1, 1);
  // What the other form does to the mean square: a factor of 1 / (1 − rate).
  expect(meanOf(tf.square(dropped('mean', x))) / meanOf(tf.square(x))).toBeCloseTo(1 / (1 - RATE), 1);
});

it('scales what it keeps by 1/(1 − rate) or its root, and is the identity in inference', () => {
  const x = tf.ones([20, 20]);
  for (const [form, scale] of [
    ['mean', 1 / (1 - RATE)],
    ['l2', 1 / Math.sqrt(1 - RATE)],
  ] as const) {
    const kept = dropped(form, x)
      .dataSync()
      .filter((value) => value !== 0);
    expect(kept.length).toBeGreaterThan(0);
    for (const value of kept) expect(value).toBeCloseTo(scale, 5);
    expect(dropped(form, x, false).dataSync()).toEqual(x.dataSync());
  }
});

it('passes the gradient through what it kept, with the same scale', () => {
  const layer = new SeededDropout({ rate: RATE, seed: 5, form: 'l2' });
  let output: tf.Tensor | undefined;
  const slope = tf.grad((t: tf.Tensor) => {
    output = tf.keep(layer.apply(t, { training: true }) as tf.Tensor);
    return tf.sum(output);
  })(tf.ones([30]));
  expect(slope.dataSync()).toEqual(output?.dataSync());
  output?.dispose();
});

it('is saved with its form, and knows no other', async () => {
  const input = tfl.input({ shape: [8] });
  const layer = new SeededDropout({ name: 'dropout', rate: RATE, seed: 5, form: 'l2' });
  const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
  const restored = await savedAndLoaded(model);
  const [wanted, got] = [model, restored].map((m) =>
    (m.apply(tf.ones([4, 8]), { training: true }) as tf.Tensor).dataSync(),
  );
  expect(got).toEqual(wanted);
  expect(() => new SeededDropout({ rate: 0.5, seed: 0, form: 'max' as DropoutForm })).toThrow(
    /got form max; give mean or l2/,
  );
});
