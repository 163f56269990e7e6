// What an adaptation method is to the trainer: the heads it trains beside the network, the loss of one step, and what
// it does before each step.
//
// A run is a plan: stages, each one method for a number of steps, such as SHOT's training on the source and its
// adaptation to the target; then what happens once after training (AdaBN), and how target images are answered (TENT).
// The trainer knows no method, and a method knows no trainer, file or data set.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { NamedVariable } from '@plumbline/training';
import type { DomainNetwork } from './domain-network.ts';

/** What the network says of the n images of one domain. */
export interface DomainOutputs {
  /** [n, d]: the bottleneck's, which the classifier sees. */
  readonly features: tf.Tensor2D;
  /** [n, K]. */
  readonly logits: tf.Tensor2D;
}

/** A training batch of the source: the only one with labels. */
export interface SourceBatch {
  /** [n, H, W, C]. */
  readonly images: tf.Tensor4D;
  /** int32 [n], class indices. */
  readonly labels: tf.Tensor1D;
}

/** A training batch of the target. */
export interface TargetBatch {
  /** [n, H, W, C]; n need not be the source's. */
  readonly images: tf.Tensor4D;
  /** int32 [n], the images' places in the target's training set. */
  readonly indices: tf.Tensor1D;
}

/** One training step, as a loss sees it. */
export interface TrainingStep {
  /** For methods that make passes of their own. */
  readonly network: DomainNetwork;
  /** @throws in a stage that was said to need no source. */
  readonly sourceBatch: SourceBatch;
  /** @throws in a stage that was said to need no target. */
  readonly targetBatch: TargetBatch;
  /** Of the network in training mode, by the run's domain batching; @throws as `sourceBatch`. */
  readonly source: DomainOutputs;
  /** @throws as `targetBatch`. */
  readonly target: DomainOutputs;
}

/** A loss and what it is made of. */
export interface MethodLoss {
  /** What is minimized. */
  readonly total: tf.Scalar;
  /** For the log: the parts, or quantities that say more than the loss does, by names such as `domain` or `meanNorm`. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}

/** A model trained beside the network, such as a domain discriminator. */
export interface Head {
  /** Its layers' names begin with `<name>.`; unique among the method's heads. */
  readonly name: string;
  readonly model: tfl.LayersModel;
  /** Its learning rate as a multiple of that of the network's new layers. Default 1. */
  readonly learningRateScale?: number;
}

/** An optimizer update after the first one of a step, with a loss of its own (as MCD has). */
export interface FurtherUpdate {
  readonly name: string;
  /** Its step is a new one on the same images: the network's outputs are computed anew. */
  readonly loss: (step: TrainingStep) => MethodLoss;
  /** Which weights it changes, by name. */
  readonly trains: (weight: string) => boolean;
}

/** What is made from the whole target is made from this: the network, and passes over the images. */
export interface RefreshContext {
  readonly network: DomainNetwork;
  /** Passes over all target training images, in order, evaluation transform, no labels. Whoever iterates disposes nothing. */
  readonly targetBatches: () => AsyncIterable<TargetBatch>;
  readonly targetCount: number;
}

export interface AdaptationMethod {
  /** For people and logs. */
  readonly name: string;
  /** Which domains a step takes images of. */
  readonly domains: { readonly source: boolean; readonly target: boolean };
  readonly heads: readonly Head[];
  /** Runs under the gradient tape, tidied; reads nothing on the host. */
  loss(step: TrainingStep): MethodLoss;
  /** Which weights of network and heads its update changes, by name (`classifier.fc/kernel`). Default: all trainable ones. */
  trains?(weight: string): boolean;
  /** Further updates of the same step, in order, on the same batch. Default: none. */
  readonly furtherUpdates?: readonly FurtherUpdate[];
  /**
   * Once, when the stage begins and before a checkpoint of it is restored: for methods that keep a copy of the network as
   * it then is (ADDA), in variables of `state`. Default: nothing.
   */
  onBegin?(network: DomainNetwork): void;
  /**
   * Before optimizer step `step` of the stage, from 0: sets the variables that depend on it (the reversal's strength), so
   * that the loss itself is the same graph in every step.
   */
  onStep?(step: number): void;
  /** What must be made anew from the whole target now and then (pseudo-labels), at step 0 and after every `everyEpochs` passes over it. */
  readonly refresh?: { readonly everyEpochs: number; run(context: RefreshContext): Promise<void> };
  /** Variables beside heads and network that a checkpoint must hold: random maps, banks, counters. Default: none. */
  state?(): readonly NamedVariable[];
  /** Frees heads and state. */
  dispose(): void;
}

/** What a method needs to know to make its heads. */
export interface MethodDimensions {
  /** d of the features. */
  readonly featureCount: number;
  readonly classCount: number;
  /** Images in the target's training set. */
  readonly targetCount: number;
  /** Steps of the stage. */
  readonly totalSteps: number;
  readonly seed: number;
}

/** One method for a number of steps. */
export interface Stage {
  readonly steps: number;
  /** Made when the stage begins, freed by the trainer at its end. */
  readonly method: (dimensions: MethodDimensions) => AdaptationMethod;
}

/** All that a configured method does in a run. */
export interface AdaptationPlan {
  readonly stages: readonly Stage[];
  /**
   * Why the plan cannot work on a network, in a sentence, or null: asked before training, so that nothing is trained in
   * vain, and a sweep can pass over the combination. Default: it always can.
   */
  readonly unsuited?: (model: tfl.LayersModel) => string | null;
  /** Once, after the last stage (AdaBN). Default: nothing. */
  readonly afterTraining?: (context: RefreshContext) => Promise<void>;
  /**
   * Answers target images in place of plain inference (TENT), batch by batch in the given order; the outputs are the
   * caller's. It leaves the network as it was.
   */
  readonly answer?: (
    network: DomainNetwork,
    batches: AsyncIterable<TargetBatch>,
  ) => AsyncIterable<DomainOutputs>;
}
