// TENT: a trained network goes on adapting while it answers, by making its predictions on each batch surer.
//
// Wang, Shelhamer, Liu, Olshausen, Darrell: "Tent: Fully Test-Time Adaptation by Entropy Minimization", 2020, arXiv
// 2006.10726.
//
//   of each target batch: one forward pass with the batch's statistics, whose logits are the answer;
//   then one optimizer step on mean H(p) for γ and β of the normalizations alone
//
// Group, layer and instance normalizations have γ and β as well, and no batch statistics: there only the step remains
// (Niu et al.: "Towards Stable Test-Time Adaptation in Dynamic Wild World", 2023, arXiv 2302.12400, find them steadier).
// `continual` (the paper's) goes on from batch to batch, so that the answers depend on the order; `episodic` begins every
// batch with the trained network, so that they do not.

import { leafLayers, useBatchStatistics } from '@plumbline/norm';
import { Adam, Sgd, type Optimizer } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { DomainNetwork } from '../domain-network.ts';
import { entropyLoss } from '../losses/softmax-entropy.ts';
import type { AdaptationPlan, DomainOutputs, TargetBatch } from '../method.ts';
import { normAffines, withoutNormAffines } from './norm-affines.ts';
import { needsTarget } from './needs-target.ts';
import { singleStage, type MethodFactory, type PlanLength } from './plan.ts';
import { sourceOnly } from './source-only.ts';

export const TENT_MODES = ['continual', 'episodic'] as const;
export type TentMode = (typeof TENT_MODES)[number];

export interface TentOptions {
  /** What trains the network before. Default: the source alone. */
  training?: MethodFactory;
  /** Default `continual`. */
  mode?: TentMode;
  /** Default `adam`. */
  optimizer?: 'adam' | 'sgd';
  /** Default: the paper's, 1e-3 of Adam and 2.5e-4 of SGD with momentum 0.9. */
  learningRate?: number;
}

/**
 * Training, and then answers by TENT. They leave the network as it was, also when whoever takes them stops early or
 * fails. A batch of one image is answered with running statistics where the network normalizes vectors by their batch,
 * of which one has no variance.
 *
 * @throws on a learning rate that is not above 0.
 */
export function tent(options: TentOptions, { steps }: PlanLength): AdaptationPlan {
  const { training, mode = 'continual', optimizer = 'adam' } = options;
  const { learningRate = optimizer === 'adam' ? 1e-3 : 2.5e-4 } = options;
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw new Error(`TENT got learning rate ${learningRate}: use a number above 0, such as 1e-3.`);
  return {
    ...singleStage(training ?? sourceOnly(), steps),
    unsuited: (model) => withoutNormAffines(model) ?? (training === undefined ? needsTarget(model) : null),
    answer: (network, batches) => answers(network, batches, { mode, optimizer, learningRate }),
  };
}

async function* answers(
  network: DomainNetwork,
  batches: AsyncIterable<TargetBatch>,
  { mode, optimizer, learningRate }: Required<Omit<TentOptions, 'training'>>,
): AsyncGenerator<DomainOutputs> {
  const { model } = network;
  const unsuited = withoutNormAffines(model);
  if (unsuited !== null) throw new Error(unsuited);
  const parameters = normAffines(model);
  const group = { name: 'norm', parameters, learningRateScale: 1, weightDecay: 0 };
  const begin = (): Optimizer =>
    optimizer === 'adam' ? new Adam({ groups: [group] }) : new Sgd({ groups: [group], momentum: 0.9 });
  const trained = parameters.map(({ variable }) => tf.clone<tf.Tensor>(variable));
  const restore = (): void => {
    parameters.forEach(({ variable }, i) => variable.assign(trained[i] as tf.Tensor));
  };
  let state = begin();
  try {
    for await (const { images } of batches) {
      if (mode === 'episodic') {
        restore();
        state.dispose();
        state = begin();
      }
      const answer = answerAndStep(network, images, state, learningRate);
      yield answer;
    }
  } finally {
    restore();
    state.dispose();
    tf.dispose(trained);
  }
}

/** What the network says of `images` before the step that it takes on them. */
function answerAndStep(
  network: DomainNetwork,
  images: tf.Tensor4D,
  optimizer: Optimizer,
  learningRate: number,
): DomainOutputs {
  const { model } = network;
  return tf.tidy(() => {
    let outputs: DomainOutputs | undefined;
    // On only for this pass: whoever is given the answers may use the network in between.
    const byBatch = images.shape[0] > 1 || !normalizesVectors(model, useBatchStatistics(model, false));
    useBatchStatistics(model, byBatch);
    try {
      const { grads } = tf.variableGrads(() => {
        outputs = network.infer(images, 'target');
        // The tape frees what a loss leaves behind, and these are the answer.
        tf.keep(outputs.features);
        tf.keep(outputs.logits);
        return entropyLoss(outputs.logits);
      }, optimizer.variables);
      optimizer.apply(grads, learningRate);
    } finally {
      useBatchStatistics(model, false);
    }
    return outputs as unknown as tf.NamedTensorMap;
  }) as unknown as DomainOutputs;
}

/** Whether one of the layers named so gives out [n, d]. */
const normalizesVectors = (model: tfl.LayersModel, names: readonly string[]): boolean =>
  leafLayers(model).some(({ layer, name }) => names.includes(name) && layer.outputShape.length === 2);
