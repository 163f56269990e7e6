import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphBackend, hasGraphs, held, valuesOf } from './capture.test.support.ts';
import { recordStep, type RecordedStep } from './record-step.ts';
import { isRecording, recordedUpdate } from './recorded-update.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const record = (step: (x: tf.Tensor) => tf.TensorContainer): RecordedStep<tf.TensorContainer> =>
  recordStep(graphBackend(), step, tf.tensor1d([1, 2]));

const subtract = (weight: tf.Variable, x: tf.Tensor): void => {
  recordedUpdate(
    () => [{ name: 'ResourceApplyGradientDescent', inputs: [{ changed: weight }, tf.scalar(2), x] }],
    () => {
      weight.assign(tf.sub(weight, tf.mul(x, 2)));
    },
  );
};

describe.runIf(hasGraphs)('recordStep (needs the native engine)', () => {
  it('writes down operations, where their inputs come from, and what is assigned', () => {
    const weight = tf.variable(tf.tensor1d([3, 4]));
    const { program, problem, outputs } = record((x) => {
      const product = tf.mul<tf.Tensor1D>(x, weight);
      weight.assign(product);
      return tf.add(weight, tf.tensor1d([5, 6]));
    });
    expect(problem).toBeNull();
    expect(valuesOf(outputs as tf.Tensor)).toEqual([[8, 14]]);
    const float = { shape: [2], dtype: 1 };
    const result = (operation: number): object => ({ kind: 'result', operation, output: 0, ...float });
    const numbers = new Uint8Array(Float32Array.of(5, 6).buffer);
    expect(program?.operations).toMatchObject([
      {
        name: 'Mul',
        inputs: [
          { kind: 'input', index: 0, ...float },
          { kind: 'variable', variable: weight, version: 0 },
        ],
      },
      { name: 'Add', inputs: [result(0), { kind: 'constant', bytes: numbers, ...float }] },
    ]);
    expect(program?.variables).toEqual([weight]);
    expect(program?.assignments).toEqual([{ variable: weight, value: result(0) }]);
    expect(program?.outputs).toEqual([result(1)]);
  });

  it('writes an update down in place of what ran, and tells the values before and after it apart', () => {
    const weight = tf.variable(tf.tensor1d([3, 4]));
    const { program } = record((x) => {
      const before = tf.mul(weight, x);
      subtract(weight, x);
      return [before, tf.mul(weight, x)];
    });
    const after = { kind: 'variable', variable: weight, version: 1 };
    expect(program?.operations).toMatchObject([
      { name: 'Mul', inputs: [{ variable: weight, version: 0 }, { kind: 'input' }] },
      {
        kind: 'update',
        operations: [
          {
            name: 'ResourceApplyGradientDescent',
            inputs: [weight, { kind: 'constant', shape: [] }, { kind: 'input' }],
          },
        ],
        results: [after],
      },
      { name: 'Mul', inputs: [after, { kind: 'input' }] },
    ]);
    expect(program?.assignments).toEqual([]);
    expect(valuesOf(weight)).toEqual([[1, 0]]);
  });

  it('knows variables that share their data apart', () => {
    const [weight, average] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([2]))];
    average.assign(weight);
    const { program } = record((x) => [tf.add(weight, x), tf.add(average, x)]);
    expect(program?.operations).toMatchObject([
      { inputs: [{ variable: weight }, { kind: 'input' }] },
      { inputs: [{ variable: average }, { kind: 'input' }] },
    ]);
  });

  it('takes tensors that were there before for their numbers', () => {
    const table = tf.add(tf.tensor1d([1, 2], 'int32'), tf.scalar(1, 'int32'));
    const { program } = record(() => tf.neg(table));
    const bytes = new Uint8Array(Int32Array.of(2, 3).buffer);
    expect(program?.operations).toMatchObject([
      { name: 'Neg', inputs: [{ kind: 'constant', dtype: 3, shape: [2], bytes }] },
    ]);
  });

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['it reads a tensor on the host after nothing else', (x) => tf.scalar(x.dataSync()[0] ?? NaN)],
    ['it reads a tensor on the host after the operation Mul', (x) => tf.tensor(tf.mul(x, 2).arraySync())],
    ['it makes a new variable, fresh, in every step', (x) => tf.add(tf.variable(x, false, 'fresh'), 1)],
    ['it takes a tensor of strings from the host', () => tf.concat([tf.tensor(['a']), tf.tensor(['b'])])],
  ])('says: %s', (problem, step) => {
    expect(record(step)).toMatchObject({ program: null, problem });
  });

  it('says what is read after an update, and of a variable that is assigned before one', () => {
    const weight = tf.variable(tf.zeros([2]), true, 'weight');
    const read = record((x) => {
      subtract(weight, x);
      return tf.tensor(weight.arraySync());
    });
    expect(read.problem).toBe('it reads a tensor on the host after an update of weights');
    const assigned = record((x) => {
      weight.assign(x);
      subtract(weight, x);
      return x;
    });
    expect(assigned.problem).toBe('it assigns the variable weight and then has it updated in place');
  });

  it('leaves the binding and the tensors as they were, also when the step throws', () => {
    const { binding } = graphBackend();
    const x = tf.tensor1d([1, 2]);
    tf.dispose(tf.neg(x));
    const before = held();
    expect(() =>
      recordStep(
        graphBackend(),
        (input: tf.Tensor) =>
          tf.tidy(() => {
            tf.mul(input, 2);
            throw new Error('torn');
          }),
        x,
      ),
    ).toThrow('torn');
    tf.dispose(recordStep(graphBackend(), (input: tf.Tensor) => tf.neg(input), x).outputs);
    expect(graphBackend().binding).toBe(binding);
    expect(isRecording()).toBe(false);
    expect(held()).toEqual(before);
  });

  it('is not done within itself', () => {
    expect(() => record((x) => record(() => x).outputs)).toThrow('one within it cannot be recorded too');
    expect(isRecording()).toBe(false);
  });
});

describe('recordedUpdate', () => {
  it('runs the composed update, and asks for no operations, where nothing is recorded', () => {
    let ran = 0;
    recordedUpdate(
      () => {
        throw new Error('Nobody wants to know.');
      },
      () => ran++,
    );
    expect(ran).toBe(1);
  });
});
