// A step, or its graph, that fails: the variables are as they were.

import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beforeSessionRuns, hasGraphs, openSessions, valuesOf, runThrice } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';
import { recordedUpdate } from './recorded-update.ts';

let reasons: string[] = [];
const onEager = (reason: string): void => {
  reasons.push(reason);
};

beforeEach(() => {
  reasons = [];
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const thrice = (step: (x: tf.Tensor) => tf.Tensor): ReturnType<typeof runThrice> => runThrice(step, onEager);

describe.runIf(hasGraphs)('a captured step that fails (needs the native engine)', () => {
  it('runs eagerly if TensorFlow does not take the graph', () => {
    const sessions = openSessions();
    const weight = tf.variable(tf.scalar(1));
    const step = (x: tf.Tensor): tf.Tensor => {
      recordedUpdate(
        () => [{ name: 'ResourceApplyNothing', inputs: [{ changed: weight }, x] }],
        () => {
          weight.assign(tf.sub(weight, x));
        },
      );
      return tf.mul(weight, 1);
    };
    expect(thrice(step)).toEqual({ results: [0, -2, -5], isCaptured: false });
    expect(openSessions()).toBe(sessions);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^TensorFlow does not take it as a graph \(.*ResourceApplyNothing/);
  });

  it.each(['first', 'second'])('runs eagerly if TensorFlow fails in the %s run of the session', (which) => {
    const sessions = openSessions();
    const sum = tf.variable(tf.scalar(0));
    let runs = 0;
    const fail = (): void => {
      // The first run hands the variables over, the second one is the step.
      if (++runs === (which === 'first' ? 1 : 2)) throw new Error('no kernel');
    };
    beforeSessionRuns(fail, () => {
      const step = (x: tf.Tensor): tf.Tensor => {
        sum.assign(tf.add(sum, x));
        return tf.mul(sum, 1);
      };
      expect(thrice(step)).toEqual({ results: [1, 3, 6], isCaptured: false });
    });
    expect(valuesOf(sum)).toEqual([[6]]);
    expect(openSessions()).toBe(sessions);
    expect(reasons).toEqual(['TensorFlow does not run it as a graph (no kernel)']);
  });

  /** Fails on 0, once it is computed. */
  const divideBy = (x: tf.Tensor): tf.Tensor =>
    tf.cast(tf.floorDiv(tf.scalar(6, 'int32'), tf.cast(x, 'int32')), 'float32');

  it('throws if TensorFlow fails in the midst of a step', () => {
    const sum = tf.variable(tf.scalar(1));
    const captured = new CapturedStep(
      (x: tf.Tensor) =>
        tf.tidy(() => {
          recordedUpdate(
            () => [{ name: 'ResourceApplyGradientDescent', inputs: [{ changed: sum }, tf.scalar(1), x] }],
            () => {
              sum.assign(tf.sub(sum, x));
            },
          );
          return divideBy(tf.sub(sum, 1));
        }),
      { onEager },
    );
    expect(() => captured.run(tf.scalar(0))).toThrow(
      /^TensorFlow failed in the midst of a captured step, .*division by zero/is,
    );
    expect(reasons).toEqual([]);
    expect(valuesOf(captured.run(tf.scalar(-2)))).toEqual([[3]]);
    expect(valuesOf(sum)).toEqual([[3]]);
    captured.dispose();
  });

  it.each([1, 2, 4])('leaves the variables as they were if the step throws in call %i', (failing) => {
    const sum = tf.variable(tf.scalar(0));
    let call = 0;
    const captured = new CapturedStep(
      (x: tf.Tensor) =>
        tf.tidy(() => {
          sum.assign(tf.add(sum, x));
          if (call === failing) throw new Error('out of paper');
          return tf.mul(sum, 1);
        }),
      { onEager },
    );
    const results = [1, 2, 3, 4, 5].map((x) => {
      call++;
      try {
        return valuesOf(captured.run(tf.scalar(x))).flat();
      } catch (error) {
        return `${(error as Error).message}, ${String(valuesOf(sum))}`;
      }
    });
    const expected = {
      1: ['out of paper, 0', [2], [5], [9], [14]],
      2: [[1], 'out of paper, 1', [4], [8], [13]],
      // A graph does not run the function.
      4: [[1], [3], [6], [10], [15]],
    }[failing];
    expect(results).toEqual(expected);
    expect(captured.isCaptured).toBe(true);
    captured.dispose();
  });
});
