// What the tests of methods with heads have in common: a batch of variables in the network's place, and its gradients.

import { namedVariables, type NamedVariable } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type { AdaptationMethod, DomainOutputs, MethodDimensions } from '../method.ts';
import { goldenRows } from './golden-domains.ts';
import { madeStep } from './made-step.ts';

export const DIMENSIONS: MethodDimensions = {
  featureCount: 3,
  classCount: 3,
  targetCount: 100,
  totalSteps: 50,
  seed: 4,
};

/** Features and logits of 3 source and 5 target images, as the variables that a loss is differentiated by. */
export interface NetworkAnswers {
  readonly featuresSource: tf.Variable<tf.Rank.R2>;
  readonly logitsSource: tf.Variable<tf.Rank.R2>;
  readonly featuresTarget: tf.Variable<tf.Rank.R2>;
  readonly logitsTarget: tf.Variable<tf.Rank.R2>;
}

export type AnswerName = keyof NetworkAnswers;
export const ANSWER_NAMES: readonly AnswerName[] = [
  'featuresSource',
  'logitsSource',
  'featuresTarget',
  'logitsTarget',
];

export function networkAnswers(sourceCount = 3, targetCount = 5): NetworkAnswers {
  const made = (name: AnswerName, count: number): tf.Variable<tf.Rank.R2> =>
    tf.tidy(() => tf.variable(tf.tensor2d(goldenRows[name](count))));
  return {
    featuresSource: made('featuresSource', sourceCount),
    logitsSource: made('logitsSource', sourceCount),
    featuresTarget: made('featuresTarget', targetCount),
    logitsTarget: made('logitsTarget', targetCount),
  };
}

/** All weights of a method's heads. */
export const headWeights = (method: AdaptationMethod): NamedVariable[] =>
  method.heads.flatMap(({ model }) => namedVariables(model));

/** Gives all kernels of a method's heads values of about 1, so that slopes stand out from rounding. */
export function enlargeHeads(method: AdaptationMethod): void {
  const kernels = headWeights(method).filter(({ name }) => name.endsWith('/kernel'));
  for (const { variable } of kernels) {
    tf.tidy(() => {
      const values = tf.sin(tf.mul(tf.range(0, variable.size), 2.3));
      variable.assign(tf.reshape(values, variable.shape));
    });
  }
}

export interface StepResult {
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Of the total, by the answer's or the head weight's name; those that it does not reach have none. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** The loss of one step and its gradients, on the host; no tensor stays behind. */
export function stepResult(method: AdaptationMethod, answers: NetworkAnswers): StepResult {
  const variables: { name: string; variable: tf.Variable }[] = [
    ...Object.entries(answers).map(([name, variable]) => ({ name, variable: variable as tf.Variable })),
    ...headWeights(method).filter(({ trainable }) => trainable),
  ];
  const terms: Record<string, number> = {};
  const gradients = new Map<string, Float32Array>();
  let total = NaN;
  tf.tidy(() => {
    const source: DomainOutputs = { features: answers.featuresSource, logits: answers.logitsSource };
    const target: DomainOutputs = { features: answers.featuresTarget, logits: answers.logitsTarget };
    const { value, grads } = tf.variableGrads(
      () => {
        const loss = method.loss(madeStep({ source, target }));
        for (const [name, term] of Object.entries(loss.terms)) terms[name] = term.dataSync()[0] ?? NaN;
        return loss.total;
      },
      variables.map(({ variable }) => variable),
    );
    for (const { name, variable } of variables) {
      const gradient = (grads as Record<string, tf.Tensor | null>)[variable.name] ?? null;
      if (gradient !== null) gradients.set(name, gradient.dataSync<'float32'>().slice());
    }
    total = value.dataSync()[0] ?? NaN;
  });
  return { total, terms, gradients };
}

/** The slope of one term of the loss along every element of `variable`, by central differences. */
export function numericSlopes(
  method: AdaptationMethod,
  answers: NetworkAnswers,
  variable: tf.Variable,
  term: string,
): number[] {
  // Small, so that few hidden units change sides.
  const step = 1e-3;
  const values = variable.dataSync<'float32'>().slice();
  const at = (element: number, delta: number): number => {
    const moved = values.slice();
    moved[element] = (moved[element] ?? NaN) + delta;
    tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
    return stepResult(method, answers).terms[term] ?? NaN;
  };
  const slopes = Array.from(values, (_, element) => (at(element, step) - at(element, -step)) / (2 * step));
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  return slopes;
}
