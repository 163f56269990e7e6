// What the training loop asks of an optimizer, and the little that all of them do alike.

import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable } from './named-variables.ts';
import { groupVariables, type ParameterGroup } from './parameter-groups.ts';

export interface Optimizer {
  readonly groups: readonly ParameterGroup[];
  /** What gradients are to be taken of, in the order of the groups. */
  readonly variables: tf.Variable[];
  /**
   * One update of all weights.
   *
   * @param gradients of the mean loss, by variable name, as `tf.variableGrads` gives them; a weight without one
   *   stays as it is. They are not disposed.
   * @param learningRate of a group with scale 1; as a scalar tensor, it can change in a captured step.
   */
  apply(gradients: tf.NamedTensorMap, learningRate: number | tf.Scalar): void;
  /** What a checkpoint must hold beside the model, named after the weights. */
  state(): NamedVariable[];
  /** Frees the state; the weights belong to the model. */
  dispose(): void;
}

/** @throws if a weight is in two groups. */
export function requireEachOnce(groups: readonly ParameterGroup[]): void {
  const seen = new Set<tf.Variable>();
  for (const { name, variable } of groups.flatMap(({ parameters }) => parameters)) {
    if (seen.has(variable))
      throw new Error(`The weight "${name}" is in two parameter groups; one is needed.`);
    seen.add(variable);
  }
}

/** Zeros in the shape of a weight: the start of what an optimizer remembers of it. */
export const zerosFor = ({ variable }: NamedVariable): tf.Variable =>
  tf.tidy(() => tf.variable(tf.zerosLike(variable), false));

/**
 * `optimizer` for some of its weights alone, by name: for a further update of a step that goes on with the momentum of the
 * main one's, as MCD's do (Saito et al. 2018, arXiv:1712.02560). The state stays that of `optimizer`, which saves and frees
 * it. Adam counts each update of any of its weights as a step of all.
 *
 * @throws if it has none of them.
 */
export function restrictedTo(optimizer: Optimizer, trains: (name: string) => boolean): Optimizer {
  const groups = optimizer.groups
    .map((group) => ({ ...group, parameters: group.parameters.filter(({ name }) => trains(name)) }))
    .filter(({ parameters }) => parameters.length > 0);
  if (groups.length === 0)
    throw new Error(
      `The optimizer of ${optimizer.variables.length} weights has none of those it is to be restricted to: take in one ` +
        `that is in its parameter groups.`,
    );
  return {
    groups,
    variables: groupVariables(groups),
    apply: (gradients, learningRate) => {
      const names = groupVariables(groups).map(({ name }) => name);
      const own = names.flatMap((name) => {
        const gradient = gradients[name];
        return gradient === undefined ? [] : [[name, gradient] as const];
      });
      optimizer.apply(Object.fromEntries(own), learningRate);
    },
    state: () => [],
    dispose: () => undefined,
  };
}
