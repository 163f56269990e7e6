import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counter, hasGraphs, training, trainingInputs, valuesOf } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

describe.runIf(hasGraphs)('variables of a captured step (needs the native engine)', () => {
  it('are up to date when they are read, and when the step is disposed of', () => {
    const { sum, other, run, dispose } = counter();
    expect(valuesOf(sum, other)).toEqual([[2], [-2]]);
    run(3);
    run(4);
    expect(valuesOf(tf.mul(sum, 2), other)).toEqual([[18], [-9]]);
    run(1);
    dispose();
    expect(valuesOf(sum, other)).toEqual([[10], [-10]]);
    expect(run(1)).toEqual([11, -11]);
  });

  it('keep numbers that were read before as they were', () => {
    const { sum, run, dispose } = counter();
    const before = sum.dataSync();
    run(3);
    expect([before[0], sum.dataSync()[0]]).toEqual([2, 5]);
    dispose();
  });

  it('take what is assigned to them, before and after they were read', () => {
    const { sum, other, rate, run, dispose } = counter();
    sum.assign(tf.scalar(100));
    expect(run(1)).toEqual([101, -3]);
    expect(valuesOf(other)).toEqual([[-3]]);
    other.assign(tf.scalar(50));
    rate.assign(tf.scalar(10));
    expect(run(1)).toEqual([111, 49]);
    rate.assign(tf.scalar(0));
    expect(run(1)).toEqual([111, 48]);
    expect(valuesOf(sum, other, rate)).toEqual([[111], [48], [0]]);
    dispose();
  });

  it('leave clones at the value that they were taken at', () => {
    const { sum, rate, run, dispose } = counter();
    const clones = [tf.clone<tf.Tensor>(sum), tf.clone<tf.Tensor>(rate)];
    run(3);
    const [later] = [tf.clone<tf.Tensor>(sum)];
    const reshaped = tf.reshape(sum, [1, 1]);
    run(5);
    rate.assign(tf.scalar(2));
    run(5);
    expect(valuesOf(...clones, later as tf.Tensor, reshaped, sum)).toEqual([[2], [1], [5], [5], [20]]);
    dispose();
  });

  it('leave clones and numbers alone also where TensorFlow changes variables in place', () => {
    const { variables, step } = training({ inPlace: true });
    const [weight, , velocity] = variables;
    const captured = new CapturedStep(step);
    const run = (index: number): void => {
      tf.dispose(captured.run(trainingInputs(index)));
    };
    [0, 1, 2].forEach(run);
    const clones = [tf.clone<tf.Tensor>(weight), tf.clone<tf.Tensor>(velocity)];
    const read = [weight.dataSync(), velocity.dataSync()];
    const before = read.map((values) => Array.from(values));
    [3, 4, 5].forEach(run);
    expect(read.map((values) => Array.from(values))).toEqual(before);
    expect(valuesOf(...clones)).toEqual(before);
    expect(valuesOf(weight, velocity)).not.toEqual(before);
    captured.dispose();
  });

  it('can be swapped, and given to each other', () => {
    const { sum, other, rate, run, dispose } = counter();
    const kept = tf.clone<tf.Tensor>(sum);
    sum.assign(other);
    other.assign(kept);
    kept.dispose();
    expect(run(1)).toEqual([-1, 1]);
    other.assign(sum);
    expect(run(1)).toEqual([0, -2]);
    rate.assign(other);
    expect(run(1)).toEqual([-2, -3]);
    sum.assign(rate);
    expect(run(1)).toEqual([-4, -4]);
    expect(valuesOf(sum, other, rate)).toEqual([[-4], [-4], [-2]]);
    dispose();
  });

  it('can be swapped by the step', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const captured = new CapturedStep((x: tf.Tensor) =>
      tf.tidy(() => {
        const old = tf.clone(a) as tf.Scalar;
        a.assign(b);
        b.assign(old);
        return tf.add(tf.mul(tf.stack([a, b]), x), 0);
      }),
    );
    const results = [1, 10, 100].map((x) => valuesOf(captured.run(tf.scalar(x))).flat());
    expect(results).toEqual([
      [2, 1],
      [10, 20],
      [200, 100],
    ]);
    expect(captured.isCaptured).toBe(true);
    expect(valuesOf(a, b)).toEqual([[2], [1]]);
    captured.dispose();
  });
});
