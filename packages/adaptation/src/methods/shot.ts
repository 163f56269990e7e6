// SHOT: the network leaves the source behind. What it learned there stays in its classifier, and on target images alone
// its features learn to fit that classifier.
//
// Liang, Hu, Feng: "Do We Really Need to Access the Source Data? Source Hypothesis Transfer for Unsupervised Domain
// Adaptation", 2020, arXiv 2002.08546.
//
//   stage 1, source   CE with label smoothing
//   stage 2, target   mean H(p) − H(mean p) + 0.3 · CE(p, ŷ),   the classifier frozen
//
// with pseudo-labels ŷ from class centroids, made anew after every pass over the target (centroid-pseudo-labels.ts).
// Without them it is SHOT-IM. Its published network has a bottleneck with batch normalization and a weight-normalized
// classifier.

import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { informationMaximization } from '../losses/softmax-entropy.ts';
import type { AdaptationMethod, AdaptationPlan, MethodDimensions, TrainingStep } from '../method.ts';
import { centroidPseudoLabels } from './centroid-pseudo-labels.ts';
import { checkWeight } from './check-weight.ts';
import { needsTarget } from './needs-target.ts';
import { twoStages, type PlanLength } from './plan.ts';
import { sourceOnly } from './source-only.ts';
import { targetAnswers } from './target-answers.ts';

export interface ShotOptions {
  /** Share of the steps that train on the source. Default 0.5. */
  sourceShare?: number;
  /** ε of the source's cross-entropy, in [0, 1). Default 0.1. */
  labelSmoothing?: number;
  /** Whether the target's pseudo-labels are learned too; false is SHOT-IM. Default true. */
  pseudoLabels?: boolean;
  /** Of the pseudo-labels' cross-entropy. Default 0.3. */
  pseudoLabelWeight?: number;
  /** How many images must be predicted to be of a class for it to get pseudo-labels. Default 1. */
  leastMembers?: number;
  /** Which weights stay as the source left them, by name. Default: those of layers called `classifier` or `classifier.…`. */
  frozen?: (weight: string) => boolean;
}

const isClassifier = (weight: string): boolean => /^classifier[./]/.test(weight);

/**
 * SHOT's two stages. The second logs `entropy` and `diversity`, and the pseudo-labels' cross-entropy as `pseudoLabels`.
 *
 * @throws on a share outside (0, 1), a weight below 0, or fewer than two steps.
 */
export function shot(options: ShotOptions, length: PlanLength): AdaptationPlan {
  const { sourceShare = 0.5, labelSmoothing = 0.1, pseudoLabelWeight = 0.3 } = options;
  checkWeight('SHOT', pseudoLabelWeight, 'pseudoLabelWeight');
  const second = (dimensions: MethodDimensions): AdaptationMethod => shotTarget(options, dimensions);
  return {
    stages: twoStages(sourceOnly({ labelSmoothing }), second, length, sourceShare),
    unsuited: needsTarget,
  };
}

function shotTarget(
  { pseudoLabels = true, pseudoLabelWeight = 0.3, leastMembers = 1, frozen = isClassifier }: ShotOptions,
  { targetCount, classCount }: MethodDimensions,
): AdaptationMethod {
  const shared = {
    domains: { source: false, target: true },
    heads: [],
    trains: (weight: string) => !frozen(weight),
  };
  const maximized = ({ target }: TrainingStep) => informationMaximization(target.logits);
  if (!pseudoLabels) {
    return {
      ...shared,
      name: 'SHOT-IM',
      loss: (step) => {
        const { loss, entropy, diversity } = maximized(step);
        return { total: loss, terms: { entropy, diversity } };
      },
      dispose: () => undefined,
    };
  }
  // Until they are made, every label is one that no class has, with which there is no finite loss.
  const labels = tf.tidy(() => tf.variable(tf.fill([targetCount], classCount, 'int32'), false));
  return {
    ...shared,
    name: 'SHOT',
    loss: (step) => {
      const { loss, entropy, diversity } = maximized(step);
      const wanted = tf.gather<tf.Tensor1D>(labels as tf.Tensor as tf.Tensor1D, step.targetBatch.indices);
      const { loss: agreement } = classificationLoss(step.target.logits, wanted);
      return {
        total: tf.add(loss, tf.mul(agreement, pseudoLabelWeight)),
        terms: { entropy, diversity, pseudoLabels: agreement },
      };
    },
    refresh: {
      everyEpochs: 1,
      run: async (context) => {
        const found = centroidPseudoLabels(await targetAnswers(context), leastMembers);
        tf.tidy(() => {
          labels.assign(tf.tensor1d(found, 'int32'));
        });
      },
    },
    state: () => [{ name: 'shot/pseudoLabels', variable: labels, trainable: false }],
    dispose: () => {
      labels.dispose();
    },
  };
}
