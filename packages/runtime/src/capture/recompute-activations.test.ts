import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blocksOf, placesOfData } from './blocks.ts';
import { graphBackend, hasGraphs, largestDifference, valuesOf } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';
import { recordStep } from './record-step.ts';
import { recomputeActivations } from './recompute-activations.ts';
import { recordedForward } from './recorded-update.ts';
import type { Computation, StepProgram } from './step-program.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const CHANNELS = 3;

interface Network {
  readonly variables: readonly tf.Variable[];
  readonly step: (x: tf.Tensor) => tf.Tensor;
}

/** A stem, two residual blocks and a mean, with a running mean of what leaves the stem; descends its gradient. */
function network({ isMarked = true } = {}): Network {
  const kernels = Array.from({ length: 5 }, (_, k) =>
    tf.variable(tf.tensor4d(goldenSequence(9 * CHANNELS ** 2, 3 * k + 1), [3, 3, CHANNELS, CHANNELS])),
  );
  const running = tf.variable(tf.zeros([CHANNELS]), false);
  const convolve = (x: tf.Tensor4D, k: number): tf.Tensor4D =>
    tf.conv2d(x, kernels[k] as tf.Variable<tf.Rank.R4>, 1, 'same');
  const block = (x: tf.Tensor4D, k: number): tf.Tensor4D =>
    tf.relu(tf.add<tf.Tensor4D>(x, convolve(tf.relu(convolve(x, k)), k + 1)));
  const forward = (x: tf.Tensor): tf.Scalar => {
    const stem = tf.relu(convolve(x as tf.Tensor4D, 0));
    running.assign(tf.add(tf.mul(running, 0.9), tf.mul(tf.mean(stem, [0, 1, 2]), 0.1)));
    return tf.mean(block(block(stem, 1), 3));
  };
  const step = (x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const lossOf = (): tf.Scalar => (isMarked ? recordedForward(() => forward(x)) : forward(x));
      const { value, grads } = tf.variableGrads(lossOf, kernels);
      for (const kernel of kernels)
        kernel.assign(tf.sub(kernel, tf.mul(grads[kernel.name] ?? tf.scalar(NaN), 0.1)));
      return value;
    });
  return { variables: [...kernels, running], step };
}

const image = (seed: number): tf.Tensor =>
  tf.tensor(goldenSequence(2 * 25 * CHANNELS, seed), [2, 5, 5, CHANNELS]);

function programOf(step: (x: tf.Tensor) => tf.Tensor): StepProgram {
  const backend = graphBackend();
  const { program, problem } = recordStep(backend, step, image(1));
  if (program === null) throw new Error(problem ?? 'The step could not be recorded.');
  return program;
}

const computations = ({ operations }: StepProgram): Computation[] =>
  operations.filter((operation) => operation.kind === 'computation');
const count = (program: StepProgram, name: string): number =>
  computations(program).filter((operation) => operation.name === name).length;

describe.runIf(hasGraphs)('recomputeActivations (needs the native engine)', () => {
  it('finds the blocks, and leaves the last one and what they hang together by', () => {
    const program = programOf(network().step);
    const [pass] = program.forwards;
    if (pass === undefined) throw new Error('No forward pass is marked.');
    const { within, last } = blocksOf(program, pass, placesOfData(program));
    const names = (places: ReadonlySet<number>): string[] =>
      [...places].flatMap((place) => {
        const operation = program.operations[place];
        return operation?.kind === 'computation' ? [operation.name] : [];
      });
    expect(names(within).filter((name) => /Conv2D|Relu|Add/.test(name))).toEqual([
      // The stem, whose last tensor is not in it, and the sum of the running mean.
      ...['Conv2D', 'Add'],
      ...['Conv2D', 'Relu', 'Conv2D', 'Add'],
    ]);
    expect(names(last).filter((name) => name === 'Conv2D')).toHaveLength(2);
  });

  it('computes what gradients need of a block again, after their own arrive', () => {
    const program = programOf(network().step);
    const rewritten = recomputeActivations(program);
    expect(count(program, 'Conv2D')).toBe(5);
    expect(count(rewritten, 'Conv2D')).toBe(8);
    for (const name of ['Conv2DBackpropInput', 'Conv2DBackpropFilter', 'Mean'])
      expect(count(rewritten, name)).toBe(count(program, name));
    const waiting = computations(rewritten).filter(({ after }) => after !== undefined);
    expect(waiting.map(({ name }) => name)).toContain('Conv2D');
    for (const { after } of waiting) expect(after?.map(({ kind }) => kind)).toEqual(['result']);
  });

  it('takes nothing from later than itself', () => {
    const { operations } = recomputeActivations(programOf(network().step));
    for (const [place, operation] of operations.entries()) {
      if (operation.kind !== 'computation') continue;
      const values = [...operation.inputs, ...(operation.after ?? [])];
      for (const value of values) if (value.kind === 'result') expect(value.operation).toBeLessThan(place);
    }
  });

  it('leaves a step without a marked forward pass as it is', () => {
    const program = programOf(network({ isMarked: false }).step);
    expect(recomputeActivations(program).operations).toEqual(program.operations);
  });

  it.each(['float32', 'bf16'] as const)('gives the same steps in %s', (precision) => {
    const [held, again] = [network(), network()];
    const steps = [held, again].map(
      ({ step }, k) => new CapturedStep(step, { precision, recompute: k === 1 }),
    );
    for (const seed of [1, 2, 3, 4]) {
      const [a, b] = steps.map((step) => valuesOf(step.run(image(seed)))) as [number[][], number[][]];
      expect(largestDifference(a, b)).toBeLessThan(1e-6);
    }
    for (const step of steps) {
      expect(step.isCaptured).toBe(true);
      step.dispose();
    }
    expect(largestDifference(valuesOf(...held.variables), valuesOf(...again.variables))).toBeLessThan(1e-6);
  });
});
