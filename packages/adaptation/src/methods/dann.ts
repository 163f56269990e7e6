// DANN: features from which a discriminator cannot tell the domain.
//
// Ganin et al.: "Domain-Adversarial Training of Neural Networks", JMLR 2016, arXiv 1505.07818.
//
//   minimize  CE(g_s, y) + weight · ½ (mean −log d(f_s) + mean −log (1 − d(f_t)))
//
// over network and discriminator d, with −λ in place of 1 on the gradient from d to the features f. Defaults are tllib's
// (examples/domain_adaptation/image_classification/dann.py), but for the discriminator's normalization.

import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { reversalSchedule } from '../losses/reversal-schedule.ts';
import { checkWeight } from './check-weight.ts';
import { DomainAdversary, type AdversaryOptions } from './domain-adversary.ts';
import type { MethodFactory } from './plan.ts';

export type DannOptions = AdversaryOptions;

/** @throws if an option is out of its range. */
export function dann(options: DannOptions = {}): MethodFactory {
  const { weight = 1, labelSmoothing = 0 } = options;
  checkWeight('DANN', weight);
  const schedule = reversalSchedule(options.reversal);
  return ({ featureCount, seed }) => {
    const adversary = new DomainAdversary(featureCount, seed, schedule, options.discriminator);
    return {
      name: 'DANN',
      domains: { source: true, target: true },
      heads: [adversary.head],
      loss({ source, target, sourceBatch }) {
        const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels, {
          labelSmoothing,
        });
        const game = adversary.play({ source: source.features, target: target.features });
        const reversalStrength = tf.clone(adversary.strength.value);
        return {
          total: tf.add(classification, tf.mul(weight, game.domain)),
          terms: { classification, ...game, reversalStrength },
        };
      },
      onStep: (step) => adversary.onStep(step),
      state: () => adversary.state(),
      dispose: () => adversary.dispose(),
    };
  };
}
