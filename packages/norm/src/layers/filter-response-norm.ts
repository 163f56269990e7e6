// The layers around `filterResponseNorm` and `thresholdedLinearUnit`.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  FILTER_RESPONSE_EPSILON,
  filterResponseNorm,
  LEARNED_EPSILON_INITIAL,
  thresholdedLinearUnit,
} from '../activations/filter-response-norm.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';

export interface FilterResponseNormArgs extends ChannelNormArgs {
  /** Whether |learnedEpsilon|, one value for the layer from 1e-4, is added to ε: for 1×1 maps. Default false. */
  learnedEpsilon?: boolean;
}

/**
 * Filter Response Normalization over x [N, …, C], the same in training and inference. Weights: `gamma`, `beta` and, on
 * request, `learnedEpsilon`. A `ThresholdedLinearUnit` belongs behind it in place of a rectifier.
 */
export class FilterResponseNorm extends ChannelNorm {
  static className = 'FilterResponseNorm';
  readonly learnedEpsilon: boolean;
  private epsilonWeight: tfl.LayerVariable | null = null;

  constructor({ learnedEpsilon = false, ...args }: FilterResponseNormArgs = {}) {
    super(args, FILTER_RESPONSE_EPSILON);
    this.learnedEpsilon = learnedEpsilon;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    if (!this.learnedEpsilon) return;
    const initial = tfl.initializers.constant({ value: LEARNED_EPSILON_INITIAL });
    this.epsilonWeight = this.addWeight('learnedEpsilon', [], 'float32', initial);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const learnedEpsilon = (this.epsilonWeight?.read() ?? null) as tf.Scalar | null;
      return filterResponseNorm(
        layerInput(inputs, this),
        { ...this.parameters(), learnedEpsilon },
        { epsilon: this.epsilon },
      );
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), learnedEpsilon: this.learnedEpsilon };
  }
}

tf.serialization.registerClass(FilterResponseNorm);

/** max(x, τ) over x [N, …, C] with the trainable weight `tau` [C], 0 at the start. */
export class ThresholdedLinearUnit extends tfl.layers.Layer {
  static className = 'ThresholdedLinearUnit';
  private tau!: tfl.LayerVariable;

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    this.tau = this.addWeight('tau', [channels], 'float32', tfl.initializers.zeros());
    this.inputSpec = [new tfl.InputSpec({ minNDim: 2, axes: { [-1]: channels } })];
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => thresholdedLinearUnit(layerInput(inputs, this), this.tau.read() as tf.Tensor1D));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }
}

tf.serialization.registerClass(ThresholdedLinearUnit);
