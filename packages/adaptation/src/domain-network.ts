// A classifier that answers for two domains, and the choice of how their images meet in its normalizations.
//
// - `joint`: source and target in one batch, one set of batch statistics;
// - `separate`: one pass per domain, so every domain is normalized by its own batch;
// - `split`: one pass over both, and each normalization treats the two parts of its input apart: the outputs of
//   `separate`, in one pass.
//
// Normalizers of weights, and of single images, give the same features in all three. Running averages are advanced by the
// source, then by the target; of `joint`, once by both.

import {
  DomainSpecificBatchNorm,
  leafLayers,
  MovingAverageBatchNorm,
  setDomain,
  splitDomains,
  TransNorm,
  type EvaluationDomain,
} from '@plumbline/norm';
import { namedVariables, type NamedVariable } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { DomainOutputs } from './method.ts';

export const DOMAIN_BATCHINGS = ['joint', 'separate', 'split'] as const;
export type DomainBatching = (typeof DOMAIN_BATCHINGS)[number];

/** Branches of domain-specific normalizations. */
const BRANCH: Record<EvaluationDomain, number> = { source: 0, target: 1 };

/** Images [n, H, W, C] of one or both domains. */
export interface DomainImages {
  readonly source?: tf.Tensor4D;
  readonly target?: tf.Tensor4D;
}

export interface NetworkOutputs {
  readonly source?: DomainOutputs;
  readonly target?: DomainOutputs;
}

export class DomainNetwork {
  /** Outputs [features [n, d], logits [n, K]]. */
  readonly model: tfl.LayersModel;
  readonly batching: DomainBatching;
  readonly #isDomainSpecific: boolean;
  readonly #transNorms: readonly TransNorm[];
  #sourceCount: number | null = null;

  /**
   * @param model stays the caller's.
   * @throws if the model's normalizations cannot be trained with `batching`.
   */
  constructor(model: tfl.LayersModel, batching: DomainBatching) {
    this.model = model;
    this.batching = batching;
    const layers = leafLayers(model).map(({ layer }) => layer);
    this.#isDomainSpecific = layers.some((layer) => layer instanceof DomainSpecificBatchNorm);
    this.#transNorms = layers.filter((layer) => layer instanceof TransNorm);
    if (model.outputs.length !== 2) {
      throw new Error(
        `Model "${model.name}" has ${model.outputs.length} outputs: give one with two, features and logits.`,
      );
    }
    if (this.#isDomainSpecific && batching === 'joint') {
      throw new Error(
        `Domain-specific batch normalization needs batches of one domain, and domainBatching is joint: choose separate or split.`,
      );
    }
    if (batching !== 'joint' && layers.some((layer) => layer instanceof MovingAverageBatchNorm)) {
      throw new Error(
        `Moving average batch norm takes one batch per step, and domainBatching is ${batching}: choose joint.`,
      );
    }
    if (this.#transNorms.length > 0 && batching === 'separate') {
      throw new Error(
        `TransNorm compares the two domains of a batch, and domainBatching is separate: choose joint or split.`,
      );
    }
  }

  /** All weights, with names that are the same in every process. */
  parameters(): NamedVariable[] {
    return namedVariables(this.model);
  }

  /**
   * Training mode. To be called inside `tf.tidy`; of a domain without images there are no outputs.
   *
   * @throws if there are no images, or if a TransNorm gets those of one domain.
   */
  forward({ source, target }: DomainImages): NetworkOutputs {
    if (source !== undefined && target !== undefined) {
      if (this.batching === 'separate') {
        // Two properties are evaluated in the order they are written in: source first.
        return { source: this.#train(source, 'source'), target: this.#train(target, 'target') };
      }
      return this.#trainTogether(source, target);
    }
    if (this.#transNorms.length > 0) {
      throw new Error(
        'TransNorm needs images of both domains in every training step, and this one has those of one: use a method that sees both.',
      );
    }
    if (source !== undefined) return { source: this.#train(source, 'source') };
    if (target !== undefined) return { target: this.#train(target, 'target') };
    throw new Error('A training step needs images of a domain, and it got none.');
  }

  /** Inference mode, with `domain`'s statistics where the network keeps them apart. To be called inside `tf.tidy`. */
  infer(images: tf.Tensor4D, domain: EvaluationDomain = 'target'): DomainOutputs {
    this.#enter(domain);
    return this.#apply(images, false);
  }

  #train(images: tf.Tensor4D, domain: EvaluationDomain): DomainOutputs {
    this.#enter(domain);
    this.#split(null);
    return this.#apply(images, true);
  }

  #trainTogether(source: tf.Tensor4D, target: tf.Tensor4D): NetworkOutputs {
    const [sourceCount, targetCount] = [source.shape[0], target.shape[0]];
    this.#split(this.batching === 'split' ? sourceCount : null);
    for (const layer of this.#transNorms) layer.sourceCount = sourceCount;
    const { features, logits } = this.#apply(tf.concat([source, target]), true);
    const parts = (x: tf.Tensor2D): tf.Tensor2D[] => tf.split(x, [sourceCount, targetCount]);
    const [featuresSource, featuresTarget] = parts(features) as [tf.Tensor2D, tf.Tensor2D];
    const [logitsSource, logitsTarget] = parts(logits) as [tf.Tensor2D, tf.Tensor2D];
    return {
      source: { features: featuresSource, logits: logitsSource },
      target: { features: featuresTarget, logits: logitsTarget },
    };
  }

  #apply(images: tf.Tensor4D, training: boolean): DomainOutputs {
    const [features, logits] = this.model.apply(images, { training }) as [tf.Tensor2D, tf.Tensor2D];
    return { features, logits };
  }

  #enter(domain: EvaluationDomain): void {
    if (this.#isDomainSpecific) setDomain(this.model, BRANCH[domain]);
    for (const layer of this.#transNorms) layer.evaluationDomain = domain;
  }

  #split(sourceCount: number | null): void {
    if (sourceCount === this.#sourceCount) return;
    splitDomains(this.model, sourceCount);
    this.#sourceCount = sourceCount;
  }
}
