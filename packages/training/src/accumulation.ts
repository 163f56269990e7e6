// The gradient of one optimizer step from several micro-batches, on one process or many.
//
// The loss of a batch is a mean over its valid pixels, and micro-batches differ in how many they have (void
// borders, padding). The mean of the micro-batches' gradients is therefore not the batch's gradient; the weighted
// mean is:  g = Σ_k n_k g_k / Σ_k n_k,  with n_k the valid pixels of micro-batch k.

import { recordedForward } from '@plumbline/runtime/capture';
import * as tf from '@tensorflow/tfjs-core';
import { type Communicator, single } from './communicator.ts';
import type { Terms } from './term-means.ts';

export interface ForwardResult {
  /** The mean loss over `weight` units. */
  loss: tf.Scalar;
  /** How many units (valid pixels, images) the mean is over; 0 if none. */
  weight: tf.Scalar;
  /** For the log: what the loss is made of, or what says more than the loss does. Default: nothing. */
  terms?: Terms;
}

export interface StepGradients extends Required<ForwardResult> {
  /** Of the mean loss over all micro-batches, by variable name; the caller disposes them and the rest. */
  gradients: tf.NamedTensorMap;
}

/**
 * Runs `forward` on each micro-batch and gives the gradients of their common mean loss.
 *
 * @param forward builds the loss of one micro-batch; it is run under the gradient tape, and tidied.
 * @param variables to differentiate with respect to; one that the loss does not depend on has no gradient.
 */
export function accumulateGradients<Batch>(
  microBatches: readonly Batch[],
  forward: (batch: Batch) => ForwardResult,
  variables: tf.Variable[],
  communicator: Communicator = single,
): StepGradients {
  const [only] = microBatches;
  if (only === undefined) throw new Error('A training step needs at least one micro-batch, and it got none.');
  // Alone, a batch's mean loss has the gradient already: no weighting, no pass over the weights more.
  if (microBatches.length === 1 && communicator.size === 1)
    return gradientsOf(only, forward, variables, false);

  let total = gradientsOf(only, forward, variables, true);
  for (const batch of microBatches.slice(1))
    total = addStep(total, gradientsOf(batch, forward, variables, true));

  const [names, terms] = [Object.keys(total.gradients), Object.keys(total.terms)];
  const [loss, weight, ...sums] = communicator.allReduceSum([
    total.loss,
    total.weight,
    ...names.map((name) => total.gradients[name] as tf.Tensor),
    ...terms.map((name) => total.terms[name] as tf.Tensor),
  ]) as [tf.Scalar, tf.Scalar, ...tf.Tensor[]];
  // 0 when no unit is valid: then all sums are 0 too.
  const share = tf.tidy(() => tf.divNoNan(tf.scalar(1), weight));
  const mean = <T extends tf.Tensor>(x: T): T => {
    const y = tf.mul<T>(x, share);
    x.dispose();
    return y;
  };
  const means = <T extends tf.Tensor>(keys: string[], of: tf.Tensor[]): Record<string, T> =>
    Object.fromEntries(keys.map((key, k) => [key, mean(of[k] as T)]));
  const result = {
    gradients: means(names, sums),
    loss: mean(loss),
    weight,
    terms: means<tf.Scalar>(terms, sums.slice(names.length)),
  };
  share.dispose();
  return result;
}

/** Gradients of one micro-batch: of its mean loss, or (`summed`) of the sum of its units' losses. */
function gradientsOf<Batch>(
  batch: Batch,
  forward: (batch: Batch) => ForwardResult,
  variables: tf.Variable[],
  summed: boolean,
): StepGradients {
  let kept: Required<Omit<ForwardResult, 'loss'>> | null = null;
  const { value, grads } = tf.variableGrads(() => {
    const { loss, weight, terms = {} } = recordedForward(() => forward(batch));
    const units = (mean: tf.Scalar): tf.Scalar => (summed ? tf.mul<tf.Scalar>(mean, weight) : mean);
    const entries = Object.entries(terms).map(([name, term]) => [name, keepOf(units(term))] as const);
    kept = { weight: keepOf(weight), terms: Object.fromEntries(entries) };
    return units(loss);
  }, variables);
  // TypeScript does not see that the function was called.
  const { weight, terms } = kept as unknown as Required<Omit<ForwardResult, 'loss'>>;
  return { gradients: grads, loss: value, weight, terms };
}

/** A tensor of the same value that outlives the enclosing tidy. */
const keepOf = (x: tf.Scalar): tf.Scalar => tf.keep(tf.clone(x));

function addStep(a: StepGradients, b: StepGradients): StepGradients {
  const add = <T extends tf.Tensor>(x: T, y: T): T => {
    const sum = tf.add<T>(x, y);
    tf.dispose([x, y]);
    return sum;
  };
  const addAll = <T extends tf.Tensor>(
    xs: Readonly<Record<string, T>>,
    ys: Readonly<Record<string, T>>,
  ): Record<string, T> => {
    const sums = { ...xs };
    for (const [name, y] of Object.entries(ys)) {
      const x = sums[name];
      sums[name] = x === undefined ? y : add(x, y);
    }
    return sums;
  };
  return {
    gradients: addAll(a.gradients, b.gradients),
    loss: add(a.loss, b.loss),
    weight: add(a.weight, b.weight),
    terms: addAll(a.terms, b.terms),
  };
}
