// What makes a captured step run eagerly: the result is right, and the reason is said.

import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  hasGraphs,
  largestDifference,
  training,
  trainingInputs,
  valuesOf,
  runThrice,
} from './capture.test.support.ts';
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

describe.runIf(hasGraphs)('a captured step that runs eagerly (needs the native engine)', () => {
  it('does so for inputs of another shape, and goes on', () => {
    const [eager, other] = [training(), training()];
    const captured = new CapturedStep(other.step, { onEager });
    for (const [index, rows] of [4, 4, 2, 4, 3, 4, 4].entries()) {
      const inputs = trainingInputs(index, rows);
      const [a, b] = [eager.step(inputs), captured.run(inputs)];
      expect(largestDifference(valuesOf(a.loss), valuesOf(b.loss))).toBeLessThan(1e-5);
    }
    expect(captured.isCaptured).toBe(true);
    expect(reasons).toEqual([
      'it takes {images:float32 [2, 3],targets:float32 [2, 2]} where it took ' +
        '{images:float32 [4, 3],targets:float32 [4, 2]} before',
    ]);
    captured.dispose();
    const [a, b] = [valuesOf(...eager.variables), valuesOf(...other.variables)];
    expect(largestDifference(a, b)).toBeLessThan(1e-5);
  });

  it('does so for inputs of the same shapes in another form', () => {
    type Inputs = { x: tf.Scalar; factor?: tf.Scalar; shift?: tf.Scalar };
    const step = ({ x, factor, shift }: Inputs): tf.Tensor => tf.add(tf.mul(x, factor ?? 1), shift ?? 0);
    const captured = new CapturedStep(step, { onEager });
    const [x, y] = [tf.scalar(2), tf.scalar(5)];
    tf.dispose(captured.run({ x, factor: y }));
    expect(valuesOf(captured.run({ x, factor: y }))).toEqual([[10]]);
    expect(valuesOf(captured.run({ x, shift: y }))).toEqual([[7]]);
    expect(reasons).toEqual([
      'it takes {x:float32 [],shift:float32 []} where it took {x:float32 [],factor:float32 []} before',
    ]);
    captured.dispose();
  });

  it('says why no step is captured even if it has said why one was not', () => {
    let factor = 1;
    const captured = new CapturedStep((x: tf.Tensor) => tf.mul(x, factor), { onEager });
    tf.dispose([captured.run(tf.scalar(1)), captured.run(tf.zeros([2]))]);
    factor = 3;
    expect(valuesOf(captured.run(tf.scalar(2)))).toEqual([[6]]);
    expect(reasons).toHaveLength(2);
    expect(reasons[1]).toMatch(/takes numbers from the host/);
  });

  it('does so if it reads a tensor on the host', () => {
    const step = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.add(x, 1).dataSync()[0] ?? NaN);
    expect(thrice(step)).toEqual({ results: [2, 6, 12], isCaptured: false });
    expect(reasons).toEqual(['it reads a tensor on the host after the operation Add']);
  });

  it('does so if it depends on a number on the host', () => {
    let count = 0;
    const captured = new CapturedStep((x: tf.Tensor) => tf.mul(x, tf.scalar(count)), { onEager });
    const results = [1, 2, 3].flatMap((x) => {
      count++;
      return valuesOf(captured.run(tf.scalar(x))).flat();
    });
    expect(results).toEqual([1, 4, 9]);
    expect(reasons).toEqual([
      'an input of its operation Mul takes numbers from the host, of shape [], that change from step to step: keep ' +
        'them in a tf.Variable, or draw them with the seeded random operations',
    ]);
  });

  it('does so if it draws random numbers on the host', () => {
    const { isCaptured } = thrice((x) => tf.mul(x, Math.random()));
    expect(isCaptured).toBe(false);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^an input of its operation Mul takes numbers from the host/);
  });

  it('does so if it makes a variable in every step', () => {
    const step = (x: tf.Tensor): tf.Tensor => {
      const squared = tf.variable(tf.square(x), false, `made-by-${tf.engine().state.numTensors}`);
      return tf.add(squared, 1);
    };
    expect(thrice(step)).toEqual({ results: [2, 5, 10], isCaptured: false });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^it makes a new variable, made-by-\d+, in every step$/);
  });

  it('does so if it uses strings from the host', () => {
    const step = (x: tf.Tensor): tf.Tensor => {
      tf.concat([tf.tensor(['a']), tf.tensor(['b'])]);
      return tf.mul(x, 2);
    };
    expect(thrice(step)).toEqual({ results: [2, 4, 6], isCaptured: false });
    expect(reasons).toEqual(['it takes a tensor of strings from the host']);
  });

  it('does so if its inputs are strings or variables', () => {
    const variable = tf.variable(tf.scalar(4), true, 'temperature');
    const double = new CapturedStep((x: tf.Tensor) => tf.mul(x, 2), { onEager });
    expect(valuesOf(double.run(variable))).toEqual([[8]]);
    const same = new CapturedStep((x: tf.Tensor) => tf.clone(x), { onEager });
    expect(same.run(tf.tensor(['a'])).dataSync()).toEqual(['a']);
    expect(reasons).toEqual([
      'it takes the variable temperature as an input',
      'it takes a tensor of string as an input',
    ]);
  });

  it('does not mind strings in variables that have nothing to do with it', () => {
    const words = tf.variable(tf.tensor(['a', 'b']));
    expect(thrice((x) => tf.mul(x, 2))).toEqual({ results: [2, 4, 6], isCaptured: true });
    expect(words.dataSync()).toEqual(['a', 'b']);
  });

  it('computes complex numbers in the graph', () => {
    const step = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.real(tf.fft(tf.complex(tf.stack([x, x]), tf.zeros([2])))));
    expect(thrice(step)).toEqual({ results: [2, 4, 6], isCaptured: true });
  });

  it('does so if it returns no tensor', () => {
    const sum = tf.variable(tf.scalar(0));
    const captured = new CapturedStep(
      (x: tf.Tensor) => {
        tf.tidy(() => {
          sum.assign(tf.add(sum, x));
        });
      },
      { onEager },
    );
    for (const x of [1, 2, 3]) captured.run(tf.scalar(x));
    expect(valuesOf(sum)).toEqual([[6]]);
    expect(reasons).toEqual(['it returns no tensor']);
  });

  it('does so if what it returns beside tensors changes', () => {
    let count = 0;
    const captured = new CapturedStep((x: tf.Tensor) => ({ x: tf.mul(x, 2), count }), { onEager });
    const counts = [1, 2, 3].map((x) => {
      count = x;
      return captured.run(tf.scalar(x)).count;
    });
    expect(counts).toEqual([1, 2, 3]);
    expect(reasons).toEqual([
      'it returns {x:float32 [],count:1} in one step and {x:float32 [],count:2} in the next',
    ]);
  });

  it('does so if it assigns a variable and then has it updated in place', () => {
    const weight = tf.variable(tf.scalar(1), true, 'twice');
    const step = (x: tf.Tensor): tf.Tensor => {
      weight.assign(tf.mul(weight, 2));
      recordedUpdate(
        () => [{ name: 'ResourceApplyGradientDescent', inputs: [{ changed: weight }, tf.scalar(1), x] }],
        () => {
          weight.assign(tf.sub(weight, x));
        },
      );
      return tf.mul(weight, 1);
    };
    expect(thrice(step)).toEqual({ results: [1, 0, -3], isCaptured: false });
    expect(reasons).toEqual(['it assigns the variable twice and then has it updated in place']);
  });
});
