// Stochastic gradient descent with momentum, as PyTorch defines it (torch.optim.SGD, dampening 0).
//
// Of a weight w with gradient g, learning rate η, momentum m and weight decay λ:
//   d = g + λ w            v ← m v + d            w ← w − η v            (Nesterov: w ← w − η (d + m v))
// The learning rate multiplies the velocity when it is used, not when it is stored, so a schedule never distorts
// the past (Sutskever et al. 2013 store η·g instead; Keras does too).

import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable } from './named-variables.ts';
import { groupVariables, type ParameterGroup } from './parameter-groups.ts';

export interface SgdOptions {
  groups: readonly ParameterGroup[];
  /** Default 0.9. 0 keeps no velocities. */
  momentum?: number;
  /** Look ahead along the velocity (Nesterov 1983). Default false. */
  nesterov?: boolean;
}

interface Slot {
  readonly parameter: NamedVariable;
  readonly velocity: tf.Variable | null;
}

export class Sgd {
  readonly groups: readonly ParameterGroup[];
  readonly momentum: number;
  readonly nesterov: boolean;
  private readonly slots: Slot[][];

  /** @throws on a momentum outside [0, 1), Nesterov without momentum, or a weight that is in two groups. */
  constructor({ groups, momentum = 0.9, nesterov = false }: SgdOptions) {
    if (!(momentum >= 0 && momentum < 1))
      throw new Error(`The momentum must be at least 0 and below 1, and it is ${momentum}.`);
    if (nesterov && momentum === 0)
      throw new Error('Nesterov momentum needs a momentum above 0: set momentum, or switch nesterov off.');
    const seen = new Set<tf.Variable>();
    for (const { name, variable } of groups.flatMap(({ parameters }) => parameters)) {
      if (seen.has(variable))
        throw new Error(`The weight "${name}" is in two parameter groups; one is needed.`);
      seen.add(variable);
    }
    this.groups = groups;
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.slots = groups.map(({ parameters }) =>
      parameters.map((parameter) => ({
        parameter,
        velocity: momentum === 0 ? null : tf.tidy(() => tf.variable(tf.zerosLike(parameter.variable), false)),
      })),
    );
  }

  /** What gradients are to be taken of, in the order of the groups. */
  get variables(): tf.Variable[] {
    return groupVariables(this.groups);
  }

  /**
   * One update of all weights.
   *
   * @param gradients of the mean loss, by variable name, as `tf.variableGrads` gives them; a weight without one
   *   stays as it is. They are not disposed.
   * @param learningRate of a group with scale 1; as a scalar tensor, it can change in a captured step.
   */
  apply(gradients: tf.NamedTensorMap, learningRate: number | tf.Scalar): void {
    this.groups.forEach(({ learningRateScale, weightDecay }, index) => {
      const constants = tf.tidy(() => ({
        rate: tf.mul(learningRate, learningRateScale),
        decay: tf.scalar(weightDecay),
        momentum: tf.scalar(this.momentum),
      }));
      for (const { parameter, velocity } of this.slots[index] ?? []) {
        const gradient = gradients[parameter.variable.name];
        if (gradient === undefined) continue;
        // One tidy a weight: the temporaries of one weight are freed before the next one's are made.
        tf.tidy(() => {
          const weight: tf.Tensor = parameter.variable;
          const decayed = weightDecay === 0 ? [gradient] : [gradient, tf.mul(weight, constants.decay)];
          const direction = sum(
            velocity === null ? decayed : [...decayed, tf.mul<tf.Tensor>(velocity, constants.momentum)],
          );
          velocity?.assign(direction);
          const step = this.nesterov ? sum([...decayed, tf.mul(direction, constants.momentum)]) : direction;
          parameter.variable.assign(tf.sub(weight, tf.mul(step, constants.rate)));
        });
      }
      tf.dispose(constants);
    });
  }

  /** The velocities, named after their weights: what a checkpoint must hold beside the model. */
  state(): NamedVariable[] {
    return this.slots
      .flat()
      .flatMap(({ parameter, velocity }) =>
        velocity === null
          ? []
          : [{ name: `${parameter.name}/velocity`, variable: velocity, trainable: false }],
      );
  }

  /** Frees the velocities; the weights belong to the model. */
  dispose(): void {
    for (const { variable } of this.state()) variable.dispose();
  }
}

const sum = (terms: tf.Tensor[]): tf.Tensor => {
  const [first] = terms;
  return terms.length === 1 && first !== undefined ? first : tf.addN(terms);
};
