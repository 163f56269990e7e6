// A training step of plain tensors, for the tests of methods: no network, no loader, no trainer.

import * as tf from '@tensorflow/tfjs-core';
import type { DomainNetwork } from '../domain-network.ts';
import type { DomainOutputs, SourceBatch, TargetBatch, TrainingStep } from '../method.ts';

/** What a step is made of; what is left out throws when the loss asks for it. */
export interface MadeStepParts {
  /** For losses that make passes of their own. */
  readonly network?: DomainNetwork;
  readonly source?: DomainOutputs;
  readonly target?: DomainOutputs;
  /** Class of every source image. Default: 0, 1, 2, … and again from 0, over the K of the logits. */
  readonly sourceLabels?: readonly number[];
  /** Place of every target image in the target's training set. Default: 0, 1, 2, … */
  readonly targetIndices?: readonly number[];
  /** [n, H, W, C]. Default: zeros of 1×1 pixels and one channel. */
  readonly sourceImages?: tf.Tensor4D;
  readonly targetImages?: tf.Tensor4D;
}

/**
 * A step with the given outputs of the network. Its tensors are made when they are asked for, so inside `tf.tidy` none is left behind.
 */
export function madeStep({
  network,
  source,
  target,
  sourceLabels,
  targetIndices,
  sourceImages,
  targetImages,
}: MadeStepParts): TrainingStep {
  const given = <T>(part: T | undefined, name: string): T => {
    if (part === undefined)
      throw new Error(`The loss asked for ${name}, and the test's step was made without it.`);
    return part;
  };
  const counted = (n: number, classCount = Infinity): number[] =>
    Array.from({ length: n }, (_, i) => i % classCount);
  return {
    get network() {
      return given(network, 'the network');
    },
    get source() {
      return given(source, 'the source');
    },
    get target() {
      return given(target, 'the target');
    },
    get sourceBatch(): SourceBatch {
      const [n, classCount] = given(source, 'the source').logits.shape;
      return {
        images: sourceImages ?? tf.zeros<tf.Rank.R4>([n, 1, 1, 1]),
        labels: tf.tensor1d([...(sourceLabels ?? counted(n, classCount))], 'int32'),
      };
    },
    get targetBatch(): TargetBatch {
      const [n] = given(target, 'the target').logits.shape;
      return {
        images: targetImages ?? tf.zeros<tf.Rank.R4>([n, 1, 1, 1]),
        indices: tf.tensor1d([...(targetIndices ?? counted(n))], 'int32'),
      };
    },
  };
}
