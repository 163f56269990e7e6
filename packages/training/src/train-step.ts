// One optimizer step as a function of tensors alone, so that it can be recorded and run as a graph.

import * as tf from '@tensorflow/tfjs-core';
import { accumulateGradients, type ForwardResult } from './accumulation.ts';
import { clipByGlobalNorm } from './clip-gradients.ts';
import type { Communicator } from './communicator.ts';
import type { Optimizer } from './optimizer.ts';
import type { Terms } from './term-means.ts';

/** A loss and the weights it is for. */
export interface StepUpdate<Inputs> {
  /** The loss of one micro-batch, built from tensors; it is run under the gradient tape and tidied. */
  readonly forward: (inputs: Inputs) => ForwardResult;
  readonly optimizer: Optimizer;
}

export interface TrainStepOptions<Inputs> {
  /** In order; each sees the weights that those before it left. */
  readonly updates: readonly StepUpdate<Inputs>[];
  readonly clipNorm?: number | undefined;
  readonly communicator: Communicator;
  readonly afterUpdate?: (() => void) | undefined;
}

/** A type, so that a captured step takes it for a container of tensors. */
export type StepInputs<Inputs> = { microBatches: Inputs[]; learningRate: tf.Scalar };
export type StepResults = { losses: tf.Scalar[]; terms: Record<string, tf.Scalar> };

/** The step; its first call checks that every weight learns. What it returns is the caller's: a loss per update, and the first one's terms. */
export function trainStep<Inputs>({
  updates,
  clipNorm,
  communicator,
  afterUpdate,
}: TrainStepOptions<Inputs>): (inputs: StepInputs<Inputs>) => StepResults {
  let isFirst = true;
  return ({ microBatches, learningRate }) => {
    const losses: tf.Scalar[] = [];
    let parts: Terms = {};
    for (const { forward, optimizer } of updates) {
      const { gradients, loss, weight, terms } = accumulateGradients(
        microBatches,
        forward,
        optimizer.variables,
        communicator,
      );
      if (isFirst) checkEveryWeightLearns(optimizer, gradients);
      const clipped = clipNorm === undefined ? { gradients } : clipByGlobalNorm(gradients, clipNorm);
      optimizer.apply(clipped.gradients, learningRate);
      tf.dispose([clipped, weight]);
      if (losses.length === 0) parts = terms;
      else tf.dispose(terms);
      losses.push(loss);
    }
    isFirst = false;
    afterUpdate?.();
    return { losses, terms: { ...parts } };
  };
}

/** A weight the loss does not reach would stay at its random start without a word. */
function checkEveryWeightLearns(optimizer: Optimizer, gradients: tf.NamedTensorMap): void {
  const idle = optimizer.groups
    .flatMap(({ parameters }) => parameters)
    .filter(({ variable }) => gradients[variable.name] === undefined)
    .map(({ name }) => name);
  if (idle.length > 0)
    throw new Error(
      `The loss does not depend on ${idle.length} of the trainable weights (${idle.slice(0, 3).join(', ')}${idle.length > 3 ? ', …' : ''}): ` +
        'freeze their layers, or leave them out of the parameter groups.',
    );
}
