// Adam, as PyTorch defines it (torch.optim.Adam, without amsgrad).
//
// Kingma, Ba: "Adam: A Method for Stochastic Optimization", 2014, arXiv 1412.6980. Of a weight w with gradient g, learning
// rate η, weight decay λ, at step t from 1:
//
//   d = g + λ w        m ← β₁ m + (1 − β₁) d        v ← β₂ v + (1 − β₂) d²
//   w ← w − η / (1 − β₁ᵗ) · m / (sqrt(v) / sqrt(1 − β₂ᵗ) + ε)
//
// The weight decay is L2, so the adaptive rate scales it too. ε is added behind the correction of v, where the paper's
// efficient form, which TensorFlow has, adds it before.

import { recordedUpdate } from '@plumbline/runtime/capture';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable } from './named-variables.ts';
import { requireEachOnce, zerosFor, type Optimizer } from './optimizer.ts';
import { groupVariables, type ParameterGroup } from './parameter-groups.ts';

export interface AdamOptions {
  groups: readonly ParameterGroup[];
  /** Share of the old mean of the gradient. Default 0.9. */
  beta1?: number;
  /** Share of the old mean of its square. Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
}

interface Slot {
  readonly parameter: NamedVariable;
  readonly mean: tf.Variable;
  readonly square: tf.Variable;
}

/** What of a step is the same for all weights. */
interface StepConstants {
  readonly [name: string]: tf.Scalar;
  readonly meanCorrection: tf.Scalar;
  readonly squareCorrection: tf.Scalar;
}

export class Adam implements Optimizer {
  readonly groups: readonly ParameterGroup[];
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  private readonly slots: Slot[][];
  /** In a variable, so that a recorded step counts on; exact in float32 to 16.7 million steps. */
  private readonly step: tf.Variable;

  /** @throws on a beta outside [0, 1), an ε that is not above 0, a group with a momentum, or a weight that is in two groups. */
  constructor({ groups, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions) {
    for (const [name, beta] of Object.entries({ beta1, beta2 }))
      if (!(beta >= 0 && beta < 1))
        throw new Error(`Adam's ${name} must be at least 0 and below 1, and it is ${beta}.`);
    if (!(epsilon > 0)) throw new Error(`Adam's epsilon must be above 0, and it is ${epsilon}.`);
    for (const { name, momentum } of groups)
      if (momentum !== undefined)
        throw new Error(
          `The parameter group "${name}" has momentum ${momentum}, which Adam does not take: use Sgd, or leave it out.`,
        );
    requireEachOnce(groups);
    this.groups = groups;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.slots = groups.map(({ parameters }) =>
      parameters.map((parameter) => ({ parameter, mean: zerosFor(parameter), square: zerosFor(parameter) })),
    );
    this.step = tf.tidy(() => tf.variable(tf.scalar(0), false));
  }

  get variables(): tf.Variable[] {
    return groupVariables(this.groups);
  }

  apply(gradients: tf.NamedTensorMap, learningRate: number | tf.Scalar): void {
    const constants: StepConstants = tf.tidy(() => {
      this.step.assign(tf.add(this.step, 1));
      // 1 − βᵗ of a β near 1, without the digits that the difference would lose in float32.
      const correction = (beta: number): tf.Scalar =>
        tf.neg<tf.Tensor>(tf.expm1(tf.mul(this.step, Math.log(Math.fround(beta))))) as tf.Scalar;
      return {
        meanCorrection: correction(this.beta1),
        squareCorrection: tf.sqrt<tf.Scalar>(correction(this.beta2)),
      };
    });
    this.groups.forEach(({ learningRateScale, weightDecay }, index) => {
      const rate = tf.tidy(() => tf.div(tf.mul(learningRate, learningRateScale), constants.meanCorrection));
      for (const { parameter, mean, square } of this.slots[index] ?? []) {
        const gradient = gradients[parameter.variable.name];
        if (gradient === undefined) continue;
        // One tidy a weight: the temporaries of one weight are freed before the next one's are made.
        tf.tidy(() => {
          const weight: tf.Tensor = parameter.variable;
          const direction = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weight, weightDecay));
          const changes = [parameter.variable, mean, square].map((changed) => ({ changed }));
          recordedUpdate(
            () => [
              {
                name: 'ResourceApplyAdam',
                inputs: [...changes, ...this.graphFactors(constants, rate), direction],
              },
            ],
            () => {
              mean.assign(mix(mean, direction, this.beta1));
              square.assign(mix(square, tf.square(direction), this.beta2));
              const size = tf.add(
                tf.div(tf.sqrt<tf.Tensor>(square), constants.squareCorrection),
                this.epsilon,
              );
              parameter.variable.assign(tf.sub(weight, tf.mul(tf.div<tf.Tensor>(mean, size), rate)));
            },
          );
        });
      }
      rate.dispose();
    });
    tf.dispose(constants);
  }

  /**
   * What TensorFlow's operation takes between the means and the gradient. It has ε inside the correction of v, and corrects
   * by powers of β in float32; so it is told that there is nothing to correct, and gets a rate and an ε that are corrected.
   */
  private graphFactors({ squareCorrection }: StepConstants, rate: tf.Tensor): tf.Tensor[] {
    const zero = tf.scalar(0);
    const epsilon = tf.mul(squareCorrection, this.epsilon);
    return [
      zero,
      zero,
      tf.mul(rate, squareCorrection),
      tf.scalar(this.beta1),
      tf.scalar(this.beta2),
      epsilon,
    ];
  }

  /** Both means of every weight, and the count of steps as `adam/step`. */
  state(): NamedVariable[] {
    const means = this.slots.flat().flatMap(({ parameter: { name }, mean, square }) => [
      { name: `${name}/gradient-mean`, variable: mean, trainable: false },
      { name: `${name}/gradient-square`, variable: square, trainable: false },
    ]);
    return [...means, { name: 'adam/step', variable: this.step, trainable: false }];
  }

  dispose(): void {
    for (const { variable } of this.state()) variable.dispose();
  }
}

/** With 1 − β of the β that float32 has, as TensorFlow's operation takes it. */
const mix = (old: tf.Tensor, now: tf.Tensor, share: number): tf.Tensor =>
  tf.add(tf.mul(old, share), tf.mul(now, 1 - Math.fround(share)));
