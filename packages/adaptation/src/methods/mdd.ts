// MDD: a second classifier finds where the target lies beyond the margin of the source's classes, and the features close it.
//
// Zhang, Liu, Long, Jordan: "Bridging Theory and Algorithm for Domain Adaptation", ICML 2019, arXiv 1904.05801.
//
//   minimize  CE(h(f_s), y) + weight · transfer loss of h and h'        the mathematics: ../losses/margin-disparity.ts
//
// over network and second classifier h', with −λ in place of 1 on the gradient from h' to the features. The network's own
// classifier h gets no gradient of the second term, and answers after training. Defaults are tllib's
// (examples/domain_adaptation/image_classification/mdd.py): λ grows to 0.1 only.

import { gradientReversal } from '@plumbline/ops';
import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_MARGIN, marginDisparity } from '../losses/margin-disparity.ts';
import { reversalSchedule, type ReversalOptions } from '../losses/reversal-schedule.ts';
import { checkWeight } from './check-weight.ts';
import { adversarialClassifier, type AdversarialClassifierOptions } from './heads/adversarial-classifier.ts';
import { answersForBoth } from './heads/both-domains.ts';
import type { MethodFactory } from './plan.ts';
import { ReversalStrength } from './reversal-strength.ts';

export interface MddOptions {
  /** What the transfer loss is multiplied by. Default 1. */
  readonly weight?: number;
  /** γ, the source's share in the transfer loss. Default 4. */
  readonly margin?: number;
  /** ε of the classification loss, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  readonly adversary?: AdversarialClassifierOptions;
  /** Default: as everywhere, but `high` is 0.1. */
  readonly reversal?: ReversalOptions;
}

/** @throws if an option is out of its range. */
export function mdd({
  weight = 1,
  margin = DEFAULT_MARGIN,
  labelSmoothing = 0,
  adversary,
  reversal,
}: MddOptions = {}): MethodFactory {
  checkWeight('MDD', weight);
  checkWeight('MDD', margin, 'margin');
  const schedule = reversalSchedule({ high: 0.1, ...reversal });
  return ({ featureCount, classCount, seed }) => {
    const head = adversarialClassifier(featureCount, classCount, seed, adversary);
    const strength = new ReversalStrength(schedule);
    const reversed = (features: tf.Tensor2D): tf.Tensor2D => gradientReversal(features, strength.value);
    return {
      name: 'MDD',
      domains: { source: true, target: true },
      heads: [head],
      loss({ source, target, sourceBatch }) {
        const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels, {
          labelSmoothing,
        });
        const adversarial = answersForBoth(head, {
          source: reversed(source.features),
          target: reversed(target.features),
        });
        const transfer = marginDisparity(
          { logits: source.logits, adversarialLogits: adversarial.source },
          { logits: target.logits, adversarialLogits: adversarial.target },
          margin,
        );
        return {
          total: tf.add(classification, tf.mul(weight, transfer)),
          terms: { classification, transfer, reversalStrength: tf.clone(strength.value) },
        };
      },
      onStep: (step) => strength.onStep(step),
      state: () => strength.state(),
      dispose() {
        head.model.dispose();
        strength.dispose();
      },
    };
  };
}
