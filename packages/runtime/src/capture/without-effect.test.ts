import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { held, valuesOf } from './capture.test.support.ts';
import { withoutEffect } from './without-effect.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const add = (variable: tf.Variable, amount: number): void => {
  tf.tidy(() => {
    variable.assign(tf.add(variable, amount));
  });
};

describe('withoutEffect', () => {
  it('returns what the work returns, and puts variables back', () => {
    const [x, y] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(3))];
    const before = held();
    const seen = withoutEffect(() => {
      add(x, 1);
      add(x, 1);
      return valuesOf(x, y);
    });
    expect(seen).toEqual([[3, 4], [3]]);
    expect(valuesOf(x, y)).toEqual([[1, 2], [3]]);
    expect(held().tensors).toBe(before.tensors);
  });

  it('puts variables back that were given to each other', () => {
    const [x, y] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    withoutEffect(() => {
      x.assign(y);
      y.assign(tf.scalar(5));
    });
    expect(valuesOf(x, y)).toEqual([[1], [2]]);
  });

  it('puts them back also when the work throws, and does not mind those that it disposes of', () => {
    const [x, y] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    expect(() => {
      withoutEffect(() => {
        add(x, 1);
        y.dispose();
        throw new Error('torn');
      });
    }).toThrow('torn');
    expect(valuesOf(x)).toEqual([[1]]);
    expect(y.isDisposed).toBe(true);
  });

  it('gives variables that the work makes the values they were made with, and forgets about later ones', () => {
    const made = withoutEffect(() => {
      const variable = tf.variable(tf.scalar(4));
      const within = withoutEffect(() => tf.variable(tf.scalar(5)));
      add(variable, 1);
      add(within, 1);
      return [variable, within];
    });
    expect(valuesOf(...made)).toEqual([[4], [5]]);
    const later = tf.variable(tf.scalar(6));
    add(later, 1);
    expect(valuesOf(later)).toEqual([[7]]);
  });
});
