// Stochastic gradient descent with momentum, as PyTorch defines it (torch.optim.SGD, dampening 0).
//
// Of a weight w with gradient g, learning rate η, momentum m and weight decay λ:
//   d = g + λ w            v ← m v + d            w ← w − η v            (Nesterov: w ← w − η (d + m v))
// The learning rate multiplies the velocity when it is used, not when it is stored, so a schedule never distorts
// the past (Sutskever et al. 2013 store η·g instead; Keras does too).

import { recordedUpdate, type InPlaceStep } from '@plumbline/runtime/capture';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable } from './named-variables.ts';
import { requireEachOnce, zerosFor, type Optimizer } from './optimizer.ts';
import { groupVariables, type ParameterGroup } from './parameter-groups.ts';

export interface SgdOptions {
  groups: readonly ParameterGroup[];
  /** Of the groups that do not have their own. Default 0.9. 0 keeps no velocities. */
  momentum?: number;
  /** Look ahead along the velocity (Nesterov 1983), in groups with momentum. Default false. */
  nesterov?: boolean;
}

interface Slot {
  readonly parameter: NamedVariable;
  readonly velocity: tf.Variable | null;
}

interface WeightUpdate {
  readonly weight: tf.Variable;
  readonly velocity: tf.Variable | null;
  readonly gradient: tf.Tensor;
  readonly decays: boolean;
  readonly rate: tf.Tensor;
  readonly decay: tf.Scalar;
  readonly momentum: tf.Scalar;
}

export class Sgd implements Optimizer {
  readonly groups: readonly ParameterGroup[];
  readonly momentum: number;
  readonly nesterov: boolean;
  private readonly slots: Slot[][];

  /** @throws on a momentum outside [0, 1), Nesterov without any momentum, or a weight that is in two groups. */
  constructor({ groups, momentum = 0.9, nesterov = false }: SgdOptions) {
    requireMomentum(momentum, '');
    for (const { name, momentum: own } of groups)
      if (own !== undefined) requireMomentum(own, ` of group "${name}"`);
    const momenta = [momentum, ...groups.map((group) => group.momentum ?? momentum)];
    if (nesterov && momenta.every((value) => value === 0))
      throw new Error('Nesterov momentum needs a momentum above 0: set momentum, or switch nesterov off.');
    requireEachOnce(groups);
    this.groups = groups;
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.slots = groups.map((group) =>
      group.parameters.map((parameter) => ({
        parameter,
        velocity: this.momentumOf(group) === 0 ? null : zerosFor(parameter),
      })),
    );
  }

  get variables(): tf.Variable[] {
    return groupVariables(this.groups);
  }

  private momentumOf({ momentum }: ParameterGroup): number {
    return momentum ?? this.momentum;
  }

  apply(gradients: tf.NamedTensorMap, learningRate: number | tf.Scalar): void {
    this.groups.forEach((group, index) => {
      const { learningRateScale, weightDecay } = group;
      const constants = tf.tidy(() => ({
        rate: tf.mul(learningRate, learningRateScale),
        decay: tf.scalar(weightDecay),
        momentum: tf.scalar(this.momentumOf(group)),
      }));
      for (const { parameter, velocity } of this.slots[index] ?? []) {
        const gradient = gradients[parameter.variable.name];
        if (gradient === undefined) continue;
        // One tidy a weight: the temporaries of one weight are freed before the next one's are made.
        tf.tidy(() =>
          this.update({
            weight: parameter.variable,
            velocity,
            gradient,
            decays: weightDecay !== 0,
            ...constants,
          }),
        );
      }
      tf.dispose(constants);
    });
  }

  private update({ weight, velocity, gradient, decays, rate, decay, momentum }: WeightUpdate): void {
    if (velocity === null) {
      const direction = decays ? tf.add(gradient, tf.mul<tf.Tensor>(weight, decay)) : gradient;
      recordedUpdate(
        () => [{ name: 'ResourceApplyGradientDescent', inputs: [{ changed: weight }, rate, direction] }],
        () => weight.assign(tf.sub(weight, tf.mul(direction, rate))),
      );
      return;
    }
    const decayed = decays ? [gradient, tf.mul<tf.Tensor>(weight, decay)] : [gradient];
    recordedUpdate(
      () => {
        const momentumStep = (given: tf.Tensor): InPlaceStep => ({
          name: 'ResourceApplyMomentum',
          flags: { use_nesterov: this.nesterov },
          inputs: [{ changed: weight }, { changed: velocity }, rate, given, momentum],
        });
        if (this.nesterov || !decays) return [momentumStep(sum(decayed))];
        // v ← m (v + λ/m w) + g: the decay goes into the velocity, and no temporary is as large as the weights.
        const share = tf.neg(tf.div(decay, momentum));
        const decayStep = {
          name: 'ResourceApplyGradientDescent',
          inputs: [{ changed: velocity }, share, weight],
        };
        return [decayStep, momentumStep(gradient)];
      },
      () => {
        const direction = sum([...decayed, tf.mul<tf.Tensor>(velocity, momentum)]);
        velocity.assign(direction);
        const step = this.nesterov ? sum([...decayed, tf.mul(direction, momentum)]) : direction;
        weight.assign(tf.sub(weight, tf.mul(step, rate)));
      },
    );
  }

  /** The velocities. */
  state(): NamedVariable[] {
    return this.slots
      .flat()
      .flatMap(({ parameter, velocity }) =>
        velocity === null
          ? []
          : [{ name: `${parameter.name}/velocity`, variable: velocity, trainable: false }],
      );
  }

  dispose(): void {
    for (const { variable } of this.state()) variable.dispose();
  }
}

function requireMomentum(momentum: number, where: string): void {
  if (!(momentum >= 0 && momentum < 1))
    throw new Error(`The momentum${where} must be at least 0 and below 1, and it is ${momentum}.`);
}

const sum = (terms: tf.Tensor[]): tf.Tensor => {
  const [first] = terms;
  return terms.length === 1 && first !== undefined ? first : tf.addN(terms);
};
