import { dropout } from '@plumbline/ops';
import { withBackend } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasGraphs, largestDifference, training, trainingInputs, valuesOf } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';

const tolerance = 1e-5;

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

describe.runIf(hasGraphs)('a captured step (needs the native engine)', () => {
  it.each([{ inPlace: false }, { inPlace: true }])(
    'computes what the step computes, over 20 steps: %o',
    (kind) => {
      const [eager, other] = [training(kind), training(kind)];
      const onEager = vi.fn();
      const captured = new CapturedStep(other.step, { onEager });
      for (let index = 0; index < 20; index++) {
        const inputs = trainingInputs(index);
        const [a, b] = [eager.step(inputs), captured.run(inputs)];
        expect(largestDifference(valuesOf(a.loss), valuesOf(b.loss))).toBeLessThan(tolerance);
      }
      expect(captured.isCaptured).toBe(true);
      expect(onEager).not.toHaveBeenCalled();
      const [a, b] = [valuesOf(...eager.variables), valuesOf(...other.variables)];
      expect(largestDifference(a, b)).toBeLessThan(tolerance);
      captured.dispose();
      expect(captured.isCaptured).toBe(false);
      expect(valuesOf(...other.variables)).toEqual(b);
    },
  );

  it('draws what the step draws, from a seed in a variable', () => {
    const drawing = (): ((x: tf.Tensor) => tf.Tensor) => {
      const seed = tf.variable(tf.tensor1d([3, 0], 'int32'), false);
      const [one, x] = [tf.tensor1d([0, 1], 'int32'), seed as tf.Tensor as tf.Tensor1D];
      return (input) =>
        tf.tidy(() => {
          const output = dropout(input, 0.5, x);
          seed.assign(tf.add(seed, one));
          return output;
        });
    };
    const [eager, captured] = [drawing(), new CapturedStep(drawing())];
    const input = tf.ones([50]);
    const drawn = Array.from({ length: 20 }, () => {
      const [a] = valuesOf(eager(input));
      expect(valuesOf(captured.run(input))).toEqual([a]);
      return String(a);
    });
    expect(new Set(drawn).size).toBe(20);
    captured.dispose();
  });

  it('keeps int32 and bool variables', () => {
    const count = tf.variable(tf.scalar(0, 'int32'), false);
    const isEven = tf.variable(tf.scalar(true, 'bool'), false);
    const captured = new CapturedStep((x: tf.Tensor) =>
      tf.tidy(() => {
        count.assign(tf.add(count, tf.scalar(1, 'int32')));
        isEven.assign(tf.logicalNot(isEven));
        return tf.mul(x, tf.cast(count, 'float32'));
      }),
    );
    const x = tf.scalar(2);
    expect([1, 2, 3].map(() => valuesOf(captured.run(x)))).toEqual([[[2]], [[4]], [[6]]]);
    expect(captured.isCaptured).toBe(true);
    expect(valuesOf(count, isEven)).toEqual([[3], [0]]);
    captured.dispose();
  });

  it('gives inputs, variables, constants and a tensor twice the form they had', () => {
    const offset = tf.variable(tf.scalar(10));
    const fixed = tf.scalar(7);
    const inputs = (x: number, y: number): { nested: [tf.Tensor, { unused: tf.Tensor; y: tf.Tensor }] } => ({
      nested: [tf.scalar(x), { unused: tf.scalar(0), y: tf.scalar(y) }],
    });
    const captured = new CapturedStep(({ nested: [x, { y }] }: ReturnType<typeof inputs>) => {
      offset.assign(tf.add(offset, x));
      const sum = tf.add(x, y);
      return {
        given: y,
        sums: [sum, { again: sum }],
        offset: offset as tf.Tensor,
        fixed,
        made: tf.scalar(3),
      };
    });
    for (const [x, y, total] of [
      [1, 2, 11],
      [3, 4, 14],
      [5, 6, 19],
    ] as const) {
      const outputs = captured.run(inputs(x, y));
      const { given, sums, offset: now, fixed: same, made } = outputs;
      const [sum, { again }] = sums as [tf.Tensor, { again: tf.Tensor }];
      expect(valuesOf(given, sum, again, now, same, made)).toEqual([
        [y],
        [x + y],
        [x + y],
        [total],
        [7],
        [3],
      ]);
    }
    expect(captured.isCaptured).toBe(true);
    expect(offset.isDisposed || fixed.isDisposed).toBe(false);
    captured.dispose();
  });

  it('tells apart inputs that were the same tensor, and one that the step knows otherwise', () => {
    const [two, known] = [tf.scalar(2), tf.scalar(5)];
    const captured = new CapturedStep(([a, b, c]: tf.Tensor[]) =>
      tf.addN([tf.mul(a as tf.Tensor, 100), tf.mul(b as tf.Tensor, 10), tf.mul(c as tf.Tensor, known)]),
    );
    tf.dispose(captured.run([two, two, known]));
    expect(valuesOf(captured.run([two, two, known]))).toEqual([[245]]);
    expect(valuesOf(captured.run([tf.scalar(3), two, tf.scalar(1)]))).toEqual([[325]]);
    expect(captured.isCaptured).toBe(true);
    captured.dispose();
  });

  it('makes in its first call what the step makes in its first, with the values it is made with', () => {
    let sum: tf.Variable | undefined;
    const captured = new CapturedStep((x: tf.Tensor) => {
      sum ??= tf.variable(tf.scalar(1), false);
      sum.assign(tf.add(sum, x));
      return tf.mul(sum, 1);
    });
    expect([1, 2, 3].map((x) => valuesOf(captured.run(tf.scalar(x))))).toEqual([[[2]], [[4]], [[7]]]);
    expect(captured.isCaptured).toBe(true);
    captured.dispose();
  });

  it('shares variables with another captured step', () => {
    const [eager, other] = [training(), training()];
    const decay =
      ([weight]: typeof eager.variables) =>
      (rate: tf.Scalar) =>
        tf.tidy(() => {
          weight.assign(tf.mul(weight, rate));
          return tf.sum(weight);
        });
    const decayEagerly = decay(eager.variables);
    const [train, decayed] = [new CapturedStep(other.step), new CapturedStep(decay(other.variables))];
    const rate = tf.scalar(0.9);
    for (let index = 0; index < 8; index++) {
      const inputs = trainingInputs(index);
      tf.dispose([eager.step(inputs), train.run(inputs)]);
      // Not after every step: then the graphs hand each other variables that are more than one step ahead.
      if (index % 3 !== 2)
        expect(largestDifference(valuesOf(decayEagerly(rate)), valuesOf(decayed.run(rate)))).toBeLessThan(
          tolerance,
        );
    }
    expect(train.isCaptured && decayed.isCaptured).toBe(true);
    train.dispose();
    decayed.dispose();
    const [a, b] = [valuesOf(...eager.variables), valuesOf(...other.variables)];
    expect(largestDifference(a, b)).toBeLessThan(tolerance);
  });

  it('is a part of a captured step that runs it', () => {
    const sum = tf.variable(tf.scalar(0), false);
    const inner = new CapturedStep((x: tf.Tensor) => {
      sum.assign(tf.add(sum, x));
      return tf.mul(sum, 1);
    });
    const onEager = vi.fn();
    const outer = new CapturedStep((x: tf.Tensor) => inner.run(tf.mul(x, 2)), { onEager });
    expect([1, 2, 3].map((x) => valuesOf(outer.run(tf.scalar(x))))).toEqual([[[2]], [[6]], [[12]]]);
    expect(outer.isCaptured).toBe(true);
    expect(onEager).not.toHaveBeenCalled();
    outer.dispose();
    inner.dispose();
  });
});

it('runs eagerly on a backend without graphs, and says nothing', () =>
  withBackend('cpu', () => {
    const onEager = vi.fn();
    const step = vi.fn((x: tf.Tensor) => tf.mul(x, 2));
    const captured = new CapturedStep(step, { onEager });
    expect([1, 2, 3].map((x) => valuesOf(captured.run(tf.scalar(x))))).toEqual([[[2]], [[4]], [[6]]]);
    expect(step).toHaveBeenCalledTimes(3);
    expect(captured.isCaptured).toBe(false);
    expect(onEager).not.toHaveBeenCalled();
    captured.dispose();
  }));
