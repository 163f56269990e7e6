// The game that DANN and CDAN play: a discriminator learns to tell the domains apart, and what it sees learns to prevent it.
//
// One minimization does both: the discriminator minimizes the domain loss, and the gradient that goes on to what it sees
// is turned around and scaled by λ.

import { gradientReversal } from '@plumbline/ops';
import type { NamedVariable } from '@plumbline/training';
import type * as tf from '@tensorflow/tfjs-core';
import {
  discriminatorAccuracy,
  domainCrossEntropy,
  type DomainWeights,
} from '../losses/domain-cross-entropy.ts';
import type { ReversalOptions } from '../losses/reversal-schedule.ts';
import type { Head } from '../method.ts';
import { answersForBoth, type BothDomains } from './heads/both-domains.ts';
import { domainDiscriminator, type DiscriminatorOptions } from './heads/domain-discriminator.ts';
import { ReversalStrength } from './reversal-strength.ts';

/** Of every method with a domain discriminator. */
export interface AdversaryOptions {
  /** What the domain loss is multiplied by, for discriminator and features alike. Default 1. */
  readonly weight?: number;
  /** ε of the classification loss, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  readonly discriminator?: DiscriminatorOptions;
  readonly reversal?: ReversalOptions;
}

export class DomainAdversary {
  readonly head: Head;
  readonly strength: ReversalStrength;

  /**
   * @param inputCount columns of what the discriminator sees.
   * @param schedule λ of step 0, 1, 2, …
   */
  constructor(
    inputCount: number,
    seed: number,
    schedule: (step: number) => number,
    discriminator?: DiscriminatorOptions,
  ) {
    this.head = domainDiscriminator(inputCount, seed, discriminator);
    this.strength = new ReversalStrength(schedule);
  }

  /** The domain loss of inputs [n_s, d] and [n_t, d], which get its gradient reversed, and how often the discriminator is right. */
  play(
    { source, target }: BothDomains,
    weights?: DomainWeights,
  ): { domain: tf.Scalar; discriminatorAccuracy: tf.Scalar } {
    const logits = answersForBoth(this.head, {
      source: gradientReversal(source, this.strength.value),
      target: gradientReversal(target, this.strength.value),
    });
    return {
      domain: domainCrossEntropy(logits.source, logits.target, weights),
      discriminatorAccuracy: discriminatorAccuracy(logits.source, logits.target),
    };
  }

  onStep(step: number): void {
    this.strength.onStep(step);
  }

  state(): NamedVariable[] {
    return this.strength.state();
  }

  dispose(): void {
    this.head.model.dispose();
    this.strength.dispose();
  }
}
