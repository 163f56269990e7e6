// CDAN: a discriminator that sees features together with predictions, so that domains are compared class by class.
//
// Long, Cao, Wang, Jordan: "Conditional Adversarial Domain Adaptation", NeurIPS 2018, arXiv 1705.10667.
//
//   minimize  CE(g_s, y) + weight · ½ (mean −w log d(h_s) + mean −w log (1 − d(h_t))),   h = multilinear map of f and p
//
// over network and discriminator d, with −λ in place of 1 on the gradient from d to h. The predictions p = softmax(g) in h
// are constants. w is 1, or with entropy conditioning (CDAN+E) larger for sure predictions. Defaults are tllib's
// (examples/domain_adaptation/image_classification/cdan.py), but for the discriminator's normalization.

import { stopGradient } from '@plumbline/ops';
import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type { DomainWeights } from '../losses/domain-cross-entropy.ts';
import { entropyWeights, reversedEntropyWeights, type EntropyGradient } from '../losses/entropy-weights.ts';
import { multilinearMap, RandomMaps, randomizedMultilinearMap } from '../losses/multilinear-map.ts';
import { reversalSchedule } from '../losses/reversal-schedule.ts';
import type { DomainOutputs } from '../method.ts';
import { checkWeight } from './check-weight.ts';
import { DomainAdversary, type AdversaryOptions } from './domain-adversary.ts';
import type { MethodFactory } from './plan.ts';

/** Columns of the exact multilinear map above which `randomized: 'auto'` takes the randomized one; the toolbox ADAPT's. */
export const LARGEST_EXACT_MAP = 4096;

export interface CdanOptions extends AdversaryOptions {
  /** Weigh images by how sure their predictions are (CDAN+E). Default false. */
  readonly entropyConditioning?: boolean;
  /** `none` (default): weights as tllib has them; `reversed`: as the authors' code has them. See entropy-weights.ts. */
  readonly entropyGradient?: EntropyGradient;
  /**
   * Whether the discriminator sees the randomized map, of `randomizedDimension` columns, in place of the exact one, of
   * classes × features; `auto`: if those are more than 4096. Default false.
   */
  readonly randomized?: boolean | 'auto';
  /** D. Default 1024. */
  readonly randomizedDimension?: number;
}

/** @throws if an option is out of its range. */
export function cdan(options: CdanOptions = {}): MethodFactory {
  const { weight = 1, labelSmoothing = 0, entropyConditioning = false, entropyGradient = 'none' } = options;
  const { randomized = false, randomizedDimension = 1024 } = options;
  const name = entropyConditioning ? 'CDAN+E' : 'CDAN';
  checkWeight(name, weight);
  const schedule = reversalSchedule(options.reversal);
  if (!(Number.isInteger(randomizedDimension) && randomizedDimension > 0)) {
    throw new Error(
      `${name} got randomizedDimension ${randomizedDimension}: use a whole number from 1, such as 1024.`,
    );
  }
  return ({ featureCount, classCount, seed }) => {
    const exactCount = featureCount * classCount;
    const isRandomized = randomized === 'auto' ? exactCount > LARGEST_EXACT_MAP : randomized;
    const maps = isRandomized ? new RandomMaps(featureCount, classCount, randomizedDimension, seed) : null;
    const inputCount = isRandomized ? randomizedDimension : exactCount;
    const adversary = new DomainAdversary(inputCount, seed, schedule, options.discriminator);
    const strength = adversary.strength.value;
    const joined = ({ features, logits }: DomainOutputs): tf.Tensor2D => {
      const predictions = stopGradient(tf.softmax(logits));
      return maps === null
        ? multilinearMap(features, predictions)
        : randomizedMultilinearMap(features, predictions, maps.ofFeatures, maps.ofPredictions);
    };
    const weights = (source: tf.Tensor2D, target: tf.Tensor2D): DomainWeights | undefined => {
      if (!entropyConditioning) return undefined;
      return entropyGradient === 'none'
        ? entropyWeights(source, target)
        : reversedEntropyWeights(source, target, strength);
    };
    return {
      name: isRandomized ? `${name} (randomized)` : name,
      domains: { source: true, target: true },
      heads: [adversary.head],
      loss({ source, target, sourceBatch }) {
        const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels, {
          labelSmoothing,
        });
        const seen = { source: joined(source), target: joined(target) };
        const game = adversary.play(seen, weights(source.logits, target.logits));
        return {
          total: tf.add(classification, tf.mul(weight, game.domain)),
          terms: { classification, ...game, reversalStrength: tf.clone(strength) },
        };
      },
      onStep: (step) => adversary.onStep(step),
      state: () => [...adversary.state(), ...(maps?.state() ?? [])],
      dispose() {
        adversary.dispose();
        maps?.dispose();
      },
    };
  };
}
