// What the conformance suite has to know about a layer.

import type * as tfl from '@tensorflow/tfjs-layers';

export interface Subject {
  readonly title: string;
  /** A fresh layer of the given name, with seeded weights. */
  make(name: string): tfl.layers.Layer;
  /** Whether an image's output in training is the same whatever else is in the batch. */
  readonly batchIndependent: boolean;
  /** The layer's state, by weight name; empty where training and inference are the same function. */
  readonly state: readonly string[];
  /** Stored weights that neither training nor inference changes, by name, after the state's. Default none. */
  readonly constants?: readonly string[];
  /** What is ignored up to rounding: an offset of the activations, an offset of each filter, or neither. */
  readonly ignoresOffsetOf: 'activations' | 'filters' | 'nothing';
  /** The refusal of a single image's 1×1 map in training, where the method is undefined there. */
  readonly refusesOnePixel?: RegExp;
  /**
   * Why the training gradient is not the derivative of the training function, where the method defines it so. Its
   * gradient is then checked beside its mathematics.
   */
  readonly gradientIsDefined?: string;
  /** Training normalizes by the state as well as by the batch, so that its function changes until the state converges. */
  readonly trainingUsesState?: true;
  /** Training steps after which the state has converged. Default 1500. */
  readonly stepsToConverge?: number;
  /**
   * A training batch holds two domains, the first sample of one and all others of the other, and each is normalized
   * its own way: a single sample is refused, and training differs from inference. Checked beside its mathematics.
   */
  readonly needsTwoDomains?: true;
}
