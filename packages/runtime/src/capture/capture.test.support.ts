/** What the tests of captured steps share: a small training to capture, and counts of what is held. */
import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { CapturedStep } from './captured-step.ts';
import { recordedUpdate } from './recorded-update.ts';
import { bindingWith, sessionBackend, type SessionBackend, type SessionBinding } from './session-backend.ts';

/** Whether the active backend has graphs; without them steps run eagerly, and there is nothing else to test. */
export const hasGraphs = sessionBackend() !== null;

// Types, so that they are containers of tensors.
export type TrainingInputs = { images: tf.Tensor2D; targets: tf.Tensor2D };
export type TrainingOutputs = { loss: tf.Scalar };

export interface Training {
  readonly variables: readonly [weight: tf.Variable, bias: tf.Variable, velocity: tf.Variable];
  readonly step: (inputs: TrainingInputs) => TrainingOutputs;
}

/** The inputs of step number `index`, `count` rows of them. */
export const trainingInputs = (index: number, count = 4): TrainingInputs => ({
  images: tf.tensor2d(goldenSequence(3 * count, 5 * index), [count, 3]),
  targets: tf.tensor2d(goldenSequence(2 * count, 7 * index + 1), [count, 2]),
});

/** Least squares by gradient descent, with momentum for the weight; by TensorFlow's operations where `inPlace`. */
export function training({ inPlace = false } = {}): Training {
  const weight = tf.variable(tf.tensor2d(goldenSequence(6, 3), [3, 2]));
  const bias = tf.variable(tf.zeros([2]));
  const velocity = tf.variable(tf.zeros([3, 2]), false);
  const composed = (gradient: tf.Tensor): void => {
    velocity.assign(tf.add(tf.mul(velocity, 0.9), gradient));
    weight.assign(tf.sub(weight, tf.mul(velocity, 0.1)));
  };
  const step = ({ images, targets }: TrainingInputs): TrainingOutputs =>
    tf.tidy(() => {
      const lossOf = (): tf.Scalar =>
        tf.mean(tf.square(tf.sub(tf.add(tf.matMul(images, weight as tf.Tensor2D), bias), targets)));
      const { value, grads } = tf.variableGrads(lossOf, [weight, bias]);
      const gradientOf = ({ name }: tf.Variable): tf.Tensor => grads[name] ?? tf.scalar(NaN);
      const gradient = gradientOf(weight);
      if (inPlace)
        recordedUpdate(
          () => [
            {
              name: 'ResourceApplyMomentum',
              inputs: [{ changed: weight }, { changed: velocity }, tf.scalar(0.1), gradient, tf.scalar(0.9)],
            },
          ],
          () => {
            composed(gradient);
          },
        );
      else composed(gradient);
      bias.assign(tf.sub(bias, tf.mul(gradientOf(bias), 0.1)));
      return { loss: value };
    });
  return { variables: [weight, bias, velocity], step };
}

/** Of tensors that are disposed of here. */
export function valuesOf(...tensors: tf.Tensor[]): number[][] {
  const values = tensors.map((tensor) => Array.from(tensor.dataSync()));
  tf.dispose(tensors.filter((tensor) => !(tensor instanceof tf.Variable)));
  return values;
}

export const largestDifference = (a: readonly number[][], b: readonly number[][]): number =>
  Math.max(...a.flat().map((value, place) => Math.abs(value - (b.flat()[place] ?? NaN))));

/** @throws where there are no graphs. */
export function graphBackend(): SessionBackend {
  const backend = sessionBackend();
  if (backend === null) throw new Error('There are no graphs on this backend.');
  return backend;
}

/** Runs `work` with other functions in the binding. */
export function withBinding(
  functions: (binding: SessionBinding) => Partial<SessionBinding>,
  work: () => void,
): void {
  const backend = graphBackend();
  const { binding } = backend;
  backend.binding = bindingWith(binding, functions(binding));
  try {
    work();
  } finally {
    backend.binding = binding;
  }
}

/** What a captured step gives of 1, 2 and 3, and whether it is captured afterwards. */
export function runThrice(
  step: (x: tf.Tensor) => tf.Tensor,
  onEager: (reason: string) => void,
): { results: number[]; isCaptured: boolean } {
  const captured = new CapturedStep((x: tf.Tensor) => tf.tidy(() => step(x)), { onEager });
  const results = [1, 2, 3].flatMap((x) => valuesOf(captured.run(tf.scalar(x))).flat());
  const { isCaptured } = captured;
  captured.dispose();
  return { results, isCaptured };
}

/** Calls `hear` before every run of a session while `work` lasts. */
export function beforeSessionRuns(hear: () => void, work: () => void): void {
  withBinding(
    (binding) => ({
      runSavedModel: (...values) => {
        hear();
        return binding.runSavedModel(...values);
      },
    }),
    work,
  );
}

/** How many sessions TensorFlow has open. */
export const openSessions = (): number => counts()?.getNumOfSavedModels() ?? 0;

const counts = (): { getNumOfTensors(): number; getNumOfSavedModels(): number } | undefined =>
  sessionBackend()?.binding as never;

/** Tensors of TensorFlow.js, data of the backend, and tensors of TensorFlow. */
export function held(): { tensors: number; buffers: number; handles: number } {
  const { numTensors, numDataBuffers } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers, handles: counts()?.getNumOfTensors() ?? 0 };
}

export interface Counter {
  readonly sum: tf.Variable;
  readonly other: tf.Variable;
  /** In the step, beside the input: sum ← sum + rate · x, other ← other − x. */
  readonly rate: tf.Variable;
  readonly run: (x: number) => number[];
  readonly dispose: () => void;
}

/** A captured step that has run twice, with the inputs 1 and 1. */
export function counter(): Counter {
  const [sum, other, rate] = [
    tf.variable(tf.scalar(0)),
    tf.variable(tf.scalar(0)),
    tf.variable(tf.scalar(1)),
  ];
  const captured = new CapturedStep((x: tf.Tensor) =>
    tf.tidy(() => {
      sum.assign(tf.add(sum, tf.mul(rate, x)));
      other.assign(tf.sub(other, x));
      return tf.stack([sum, other]);
    }),
  );
  const run = (x: number): number[] => valuesOf(tf.tidy(() => captured.run(tf.scalar(x)))).flat();
  run(1);
  run(1);
  const dispose = (): void => {
    captured.dispose();
  };
  return { sum, other, rate, run, dispose };
}
