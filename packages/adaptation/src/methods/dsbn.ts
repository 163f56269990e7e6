// Training of a network with a batch normalization per domain: adapted first, then taught by its own answers.
//
// Chang, You, Seo, Kwak, Han: "Domain-Specific Batch Normalization for Unsupervised Domain Adaptation", 2019, arXiv
// 1906.03950, section 4.
//
//   stage 1   an adaptation method                 F¹ is the network at its end
//   stage 2   CE(source) + weight · CE(F(x_t), ŷ),   ŷ = argmax ((1 − λ) p¹(x_t) + λ p(x_t)),
//             λ = 2 / (1 + e^{−10 s}) − 1 as s, the share of the stage's steps that are done, goes from 0 to 1
//
// with probabilities p¹ of F¹ in inference mode and p of the network as it trains: its teacher is at first the first
// stage's network, and more and more itself. The paper's first stage is MSTN or CPUA; here it is DANN, whose loss passes
// through the target's branches too. (A loss of the source alone would leave their γ and β as they began.) The second goes
// on from the first one's weights. The authors' code (github.com/woozch/DSBN) mixes logits in place of probabilities, both
// in inference mode and of the very pictures of the step; here p¹ is found once, without augmentation, and p costs no pass.

import { constant } from '@plumbline/ops';
import { DomainSpecificBatchNorm, leafLayers } from '@plumbline/norm';
import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type { AdaptationMethod, AdaptationPlan, MethodDimensions } from '../method.ts';
import { checkWeight } from './check-weight.ts';
import { dann } from './dann.ts';
import { twoStages, type MethodFactory, type PlanLength } from './plan.ts';
import { targetAnswers } from './target-answers.ts';

export interface DsbnOptions {
  /** The first stage, whose loss must touch the target. Default: DANN. */
  training?: MethodFactory;
  /** Share of the steps in the first stage. Default 0.5. */
  firstShare?: number;
  /** Of the pseudo-labels' cross-entropy. Default 1. */
  weight?: number;
}

/**
 * Both stages, for a network with domain-specific batch normalization (a recipe with `dsbn`). The second logs the
 * pseudo-labels' cross-entropy as `pseudoLabels` and λ as `ownShare`.
 *
 * @throws on a share outside (0, 1), a weight below 0, or fewer than two steps.
 */
export function dsbn(options: DsbnOptions, length: PlanLength): AdaptationPlan {
  const { training = dann(), firstShare = 0.5, weight = 1 } = options;
  checkWeight('DSBN', weight);
  const second = (dimensions: MethodDimensions): AdaptationMethod => selfTraining(weight, dimensions);
  return {
    stages: twoStages(training, second, length, firstShare),
    unsuited: (model) =>
      leafLayers(model).some(({ layer }) => layer instanceof DomainSpecificBatchNorm)
        ? null
        : 'The method dsbn needs a network with domain-specific batch normalization, and this one has none: use a recipe with dsbn.',
  };
}

function selfTraining(
  weight: number,
  { targetCount, classCount, totalSteps }: MethodDimensions,
): AdaptationMethod {
  const ownShare = tf.tidy(() => tf.variable(tf.scalar(0), false));
  const teacher = tf.tidy(() => tf.variable(tf.zeros([targetCount, classCount]), false));
  return {
    name: 'DSBN self-training',
    domains: { source: true, target: true },
    heads: [],
    loss: ({ source, sourceBatch, target, targetBatch }) => {
      const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels);
      const labels = constant(() => {
        const first = tf.gather<tf.Tensor>(teacher, targetBatch.indices);
        const own = tf.softmax(target.logits);
        const mixed = tf.add(tf.mul(first, tf.sub(1, ownShare)), tf.mul(own, ownShare));
        return tf.argMax(mixed, 1) as tf.Tensor1D;
      });
      const { loss: pseudoLabels } = classificationLoss(target.logits, labels);
      return {
        total: tf.add(classification, tf.mul(pseudoLabels, weight)),
        terms: {
          classification,
          pseudoLabels,
          ownShare: tf.clone<tf.Scalar>(ownShare as tf.Tensor as tf.Scalar),
        },
      };
    },
    onStep: (step) => {
      const share = 2 / (1 + Math.exp((-10 * step) / totalSteps)) - 1;
      tf.tidy(() => {
        ownShare.assign(tf.scalar(share));
      });
    },
    refresh: {
      everyEpochs: Infinity,
      run: async (context) => {
        const { logits } = await targetAnswers(context);
        tf.tidy(() => {
          teacher.assign(tf.softmax(tf.tensor2d(logits.data, [logits.rows, logits.columns])));
        });
      },
    },
    state: () => [{ name: 'dsbn/firstStageProbabilities', variable: teacher, trainable: false }],
    dispose: () => {
      tf.dispose([ownShare, teacher]);
    },
  };
}
