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
  /** What is ignored up to rounding: an offset of the activations, an offset of each filter, or neither. */
  readonly ignoresOffsetOf: 'activations' | 'filters' | 'nothing';
  /** The refusal of a single image's 1×1 map in training, where the method is undefined there. */
  readonly refusesOnePixel?: RegExp;
  /**
   * Why the training gradient is not the derivative of the training function, where the method defines it so. Its
   * gradient is then checked beside its mathematics.
   */
  readonly gradientIsDefined?: string;
}
