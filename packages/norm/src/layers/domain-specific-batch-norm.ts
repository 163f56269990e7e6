// Domain-Specific Batch Normalization: one batch normalization per domain, everything else of the network shared.
//
// Chang, You, Seo, Kwak, Han: "Domain-Specific Batch Normalization for Unsupervised Domain Adaptation", 2019,
// arXiv 1906.03950.
//
//   y = γ_d · (x − μ_d) / sqrt(σ_d² + ε) + β_d     for a batch x that comes from domain d as a whole
//
// γ, β and the running averages of all D domains are rows of one weight each, [D, C]: their names are those of
// BatchNorm, so that what is said by name (weight decay, checkpoints) holds here too, and every weight has a gradient
// in every step; it is zero in the rows of the other domains.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { BatchNormState } from '../activations/batch-norm.ts';
import { BatchNorm, type BatchNormArgs } from './batch-norm.ts';
import { channelsOf, onlyShape } from './layer-arguments.ts';
import type { BatchUse } from './batch-statistics.ts';

export interface DomainSpecificBatchNormArgs extends BatchNormArgs {
  /** Number of domains. Default 2. */
  domains?: number;
  /** The domain that is active at first, from 0. Default 0. */
  domain?: number;
}

/**
 * Batch Normalization with a branch per domain over x [N, …, C], all N of the active `domain`. Weights, [D, C] each:
 * `gamma`, `beta`, and the state `movingMean`, `movingVariance`. Only the active branch is read, learns and averages.
 *
 * Set `domain` before each batch (`setDomain` does it for a whole model); it is saved with the layer. A training batch that
 * `splitDomains` splits passes through the branches 0 and 1, whichever is active. An optimizer with momentum moves the
 * inactive rows on by what it remembers, so let each of its steps see every domain.
 */
export class DomainSpecificBatchNorm extends BatchNorm {
  static override className = 'DomainSpecificBatchNorm';
  readonly domains: number;
  private activeDomain = 0;

  constructor({ domains = 2, domain = 0, ...args }: DomainSpecificBatchNormArgs = {}) {
    super(args);
    this.domains = domains;
    if (!Number.isInteger(domains) || domains < 1) {
      throw new Error(
        `DomainSpecificBatchNorm "${this.name}" got ${domains} domains: use a whole number from 1.`,
      );
    }
    this.domain = domain;
  }

  /** The domain whose branch is active, from 0. */
  get domain(): number {
    return this.activeDomain;
  }

  /** @throws if there is no such domain. */
  set domain(domain: number) {
    if (!Number.isInteger(domain) || domain < 0 || domain >= this.domains) {
      throw new Error(
        `DomainSpecificBatchNorm "${this.name}" has ${this.domains} domains and got domain ${domain}: use a whole ` +
          `number from 0 to ${this.domains - 1}.`,
      );
    }
    this.activeDomain = domain;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    const shape = [this.domains, channels];
    const { zeros, ones } = tfl.initializers;
    this.gamma = this.addWeight('gamma', shape, 'float32', tfl.initializers[this.gammaInitializer]());
    this.beta = this.addWeight('beta', shape, 'float32', zeros());
    this.movingMean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('movingVariance', shape, 'float32', ones(), undefined, false);
    this.inputSpec = [new tfl.InputSpec({ minNDim: 2, axes: { [-1]: channels } })];
    this.built = true;
  }

  protected override parameters(): { gamma: tf.Tensor1D; beta: tf.Tensor1D } {
    return { gamma: this.branch(this.gamma), beta: this.branch(this.beta) };
  }

  /** The active branch's. To be called inside `tf.tidy`; the caller disposes nothing. */
  override runningStatistics(): BatchNormState {
    return { mean: this.branch(this.movingMean), variance: this.branch(this.movingVariance) };
  }

  /** Replaces the active branch's. */
  override setRunningStatistics({ mean, variance }: BatchNormState): void {
    this.writeBranch(this.movingMean, mean);
    this.writeBranch(this.movingVariance, variance);
  }

  protected override batchUse(kwargs: Record<string, unknown>): BatchUse {
    // Frozen or not, each domain has its own branch.
    return { ...super.batchUse(kwargs), sourceCount: kwargs['training'] === true ? this.sourceCount : null };
  }

  protected override normalize(x: tf.Tensor, use: BatchUse): tf.Tensor {
    if (use.domain === null || this.domains === 1) return super.normalize(x, use);
    const active = this.domain;
    try {
      this.domain = use.domain;
      return super.normalize(x, use);
    } finally {
      this.domain = active;
    }
  }

  private branch(weight: tfl.LayerVariable): tf.Tensor1D {
    return tf.reshape(tf.slice(weight.read(), [this.activeDomain, 0], [1, -1]), [-1]);
  }

  private writeBranch(weight: tfl.LayerVariable, values: tf.Tensor1D): void {
    tf.tidy(() => {
      const rows = tf.split(weight.read(), this.domains);
      rows[this.activeDomain] = tf.expandDims(values, 0);
      weight.write(tf.concat(rows));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), domains: this.domains, domain: this.domain };
  }
}

tf.serialization.registerClass(DomainSpecificBatchNorm);
