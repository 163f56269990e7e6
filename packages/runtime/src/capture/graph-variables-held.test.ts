// What the variables of a captured step hold on to, and what they bear.

import { nativeBackend } from '@plumbline/ops';
import { withBackend } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  beforeSessionRuns,
  counter,
  hasGraphs,
  held,
  openSessions,
  training,
  trainingInputs,
  valuesOf,
} from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

/** Counts runs of sessions while `work` lasts. */
function sessionRuns(work: (count: () => number) => void): void {
  let count = 0;
  const counted = (): void => {
    count++;
  };
  beforeSessionRuns(counted, () => {
    work(() => count);
  });
}

describe.runIf(hasGraphs)('variables of a captured step (needs the native engine)', () => {
  it('cannot be done without: disposing of one is an error of the next step, and the others stay', () => {
    const { sum, other, run, dispose } = counter();
    sum.dispose();
    expect(() => run(1)).toThrow(`The captured step uses the variable ${sum.name}, which was disposed.`);
    expect(valuesOf(other)).toEqual([[-2]]);
    dispose();
    expect(valuesOf(other)).toEqual([[-2]]);
  });

  it('may go to another backend and come back', async () => {
    const { sum, other, run, dispose } = counter();
    await withBackend('cpu', () => {
      expect(valuesOf(tf.neg(sum))).toEqual([[-2]]);
    });
    expect(run(3)).toEqual([5, -5]);
    expect(valuesOf(sum, other)).toEqual([[5], [-5]]);
    await withBackend('cpu', () => {
      expect(run(5)).toEqual([10, -10]);
    });
    expect(run(1)).toEqual([11, -11]);
    expect(valuesOf(sum, other)).toEqual([[11], [-11]]);
    dispose();
  });

  it('are as the graph left them when TensorFlow stops in a step', () => {
    const sum = tf.variable(tf.scalar(0));
    const backend = nativeBackend();
    if (backend === null) throw new Error('This needs the native backend.');
    const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_FLOAT } = backend.binding;
    const finite = [
      { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
      { name: 'message', type: TF_ATTR_STRING, value: 'too much' },
    ];
    const captured = new CapturedStep((x: tf.Tensor) =>
      tf.tidy(() => {
        const checked = backend.executeSingleOutput('CheckNumerics', finite, [x]);
        sum.assign(tf.add(sum, checked));
        return checked;
      }),
    );
    const run = (x: number): number[] => valuesOf(captured.run(tf.scalar(x))).flat();
    expect([run(1), run(2)]).toEqual([[1], [2]]);
    expect(captured.isCaptured).toBe(true);
    sum.assign(tf.scalar(10));
    expect(() => run(Infinity)).toThrow('too much');
    expect(valuesOf(sum)).toEqual([[10]]);
    expect(run(3)).toEqual([3]);
    expect(valuesOf(sum)).toEqual([[13]]);
    captured.dispose();
  });

  it('are fetched only when somebody looks, and not for one that the step only reads', () => {
    const { sum, other, rate, run, dispose } = counter();
    sessionRuns((count) => {
      run(1);
      run(1);
      expect(count()).toBe(2);
      rate.assign(tf.scalar(2));
      expect(valuesOf(rate)).toEqual([[2]]);
      expect(count()).toBe(2);
      // It is handed to the graph.
      run(1);
      expect(count()).toBe(4);
      expect(valuesOf(sum, other)).toEqual([[6], [-5]]);
      expect(count()).toBe(5);
    });
    dispose();
  });

  it.each([{ inPlace: false }, { inPlace: true }])('leave nothing behind in 50 steps: %o', (kind) => {
    const { variables, step } = training(kind);
    const captured = new CapturedStep(step);
    const stepsFrom = (first: number, count: number): ReturnType<typeof held> => {
      for (let index = first; index < first + count; index++) {
        tf.dispose(tf.tidy(() => captured.run(trainingInputs(index))));
        const clone = tf.clone<tf.Tensor>(variables[index % 3] as tf.Variable);
        if (index % 5 === 0) tf.tidy(() => variables[0].assign(tf.zeros([3, 2])));
        if (index % 7 === 0) variables[2].dataSync();
        tf.dispose([tf.tidy(() => captured.run(trainingInputs(index))), clone]);
      }
      variables[0].dataSync();
      return held();
    };
    const before = stepsFrom(0, 2);
    expect(captured.isCaptured).toBe(true);
    expect(stepsFrom(2, 50)).toEqual(before);
    const sessions = openSessions();
    captured.dispose();
    expect(held()).toEqual(before);
    expect(openSessions()).toBe(sessions - 1);
  });
});
