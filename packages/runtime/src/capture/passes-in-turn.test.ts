import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphBackend, hasGraphs, largestDifference, valuesOf } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';
import { passesInTurn } from './passes-in-turn.ts';
import { recordStep } from './record-step.ts';
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

/** A type, so that it is a container of tensors. */
type Batches = { batches: tf.Tensor[] };

/** A convolution, a residual block and a mean over each micro-batch, with a running mean; descends the sum of their gradients. */
function network(): { variables: readonly tf.Variable[]; step: (inputs: Batches) => tf.Tensor } {
  const kernels = Array.from({ length: 3 }, (_, k) =>
    tf.variable(tf.tensor4d(goldenSequence(9 * CHANNELS ** 2, 3 * k + 1), [3, 3, CHANNELS, CHANNELS])),
  );
  const running = tf.variable(tf.zeros([CHANNELS]), false);
  const convolve = (x: tf.Tensor4D, k: number): tf.Tensor4D =>
    tf.conv2d(x, kernels[k] as tf.Variable<tf.Rank.R4>, 1, 'same');
  const forward = (x: tf.Tensor): tf.Scalar => {
    const stem = tf.relu(convolve(x as tf.Tensor4D, 0));
    running.assign(tf.add(tf.mul(running, 0.9), tf.mul(tf.mean(stem, [0, 1, 2]), 0.1)));
    return tf.mean(tf.relu(tf.add<tf.Tensor4D>(stem, convolve(tf.relu(convolve(stem, 1)), 2))));
  };
  const step = ({ batches }: Batches): tf.Tensor =>
    tf.tidy(() => {
      const passes = batches.map((x) => tf.variableGrads(() => recordedForward(() => forward(x)), kernels));
      for (const kernel of kernels) {
        const gradient = tf.addN(passes.map(({ grads }) => grads[kernel.name] ?? tf.scalar(NaN)));
        kernel.assign(tf.sub(kernel, tf.mul(gradient, 0.1)));
      }
      return tf.addN(passes.map(({ value }) => value));
    });
  return { variables: [...kernels, running], step };
}

const batchesOf = (count: number, seed: number): Batches => ({
  batches: Array.from({ length: count }, (_, k) =>
    tf.tensor(goldenSequence(2 * 25 * CHANNELS, seed + 10 * k), [2, 5, 5, CHANNELS]),
  ),
});

function programOf(count: number): StepProgram {
  const { program, problem } = recordStep(graphBackend(), network().step, batchesOf(count, 1));
  if (program === null) throw new Error(problem ?? 'The step could not be recorded.');
  return program;
}

const computationAt = ({ operations }: StepProgram, place: number): Computation => {
  const operation = operations[place];
  if (operation?.kind !== 'computation') throw new Error(`There is no computation ${place}.`);
  return operation;
};

describe.runIf(hasGraphs)('passesInTurn (needs the native engine)', () => {
  it('lets each pass begin once all that came out of the one before is there', () => {
    const program = passesInTurn(programOf(3));
    const waiting = [...program.operations.keys()].filter(
      (place) => (program.operations[place] as Computation).after !== undefined,
    );
    // The one convolution of each pass that takes the images, and its gradient is no part of the pass.
    expect(waiting.map((place) => computationAt(program, place).name)).toEqual(['Conv2D', 'Conv2D']);
    waiting.forEach((place, k) => {
      const [before, own] = [program.forwards[k], program.forwards[k + 1]];
      expect(place >= (own?.begin ?? NaN) && place < (own?.end ?? NaN)).toBe(true);
      const awaited = (computationAt(program, place).after ?? []).flatMap((value) =>
        value.kind === 'result' ? [value.operation] : [],
      );
      for (const operation of awaited) {
        expect(operation >= (before?.begin ?? NaN) && operation < (own?.begin ?? NaN)).toBe(true);
      }
      const names = awaited.map((operation) => computationAt(program, operation).name);
      expect(names.filter((name) => name === 'Conv2DBackpropFilter')).toHaveLength(3);
    });
  });

  it('leaves a step of one pass as it is', () => {
    const program = programOf(1);
    expect(passesInTurn(program).operations).toEqual(program.operations);
  });

  it.each([
    ['float32', false],
    ['float32', true],
    ['bf16', false],
    ['bf16', true],
  ] as const)(
    'computes the same in %s, recomputed %s: weights, and a running mean counted once a pass',
    (precision, recompute) => {
      const [eager, inTurn] = [network(), network()];
      const captured = new CapturedStep(inTurn.step, { precision, recompute });
      const limit = precision === 'float32' ? 1e-5 : 0.05;
      for (const seed of [1, 2, 3]) {
        const a = valuesOf(eager.step(batchesOf(3, seed)));
        const b = valuesOf(captured.run(batchesOf(3, seed)));
        expect(largestDifference(a, b)).toBeLessThan(limit);
      }
      expect(captured.isCaptured).toBe(true);
      captured.dispose();
      expect(largestDifference(valuesOf(...eager.variables), valuesOf(...inTurn.variables))).toBeLessThan(
        limit,
      );
    },
  );
});
