// A fully connected layer whose kernel passes through an injected normalizer before it is used.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { denseFilters } from '../weights/filter-layout.ts';
import type { Initializer } from '../weights/kernel-normalizer.ts';
import type { Serialized } from '../serialization.ts';
import { positiveOption, storedInitializer } from './kernel-layer-options.ts';
import { channelsOf, onlyShape } from './layer-arguments.ts';
import { NormalizedKernel } from './normalized-kernel.ts';
import { SingleKernelLayer, type SingleKernelArgs } from './single-kernel-layer.ts';

export interface NormDenseArgs extends SingleKernelArgs {
  /** Number of outputs. */
  units: number;
  /**
   * The raw kernel at the start. Default: He's normal distribution by fan-in as TensorFlow.js draws it (cut off at two
   * standard deviations), with `seed`.
   */
  kernelInitializer?: Initializer | Serialized;
  /** Seed of the default initializer. Left out: another kernel each time. */
  seed?: number;
}

/**
 * y = x · normalize(kernel) + bias over the last axis of x [N, …, in]. Weights: `kernel` [in, units], those of the
 * normalizer (such as `gamma` [units]), and `bias` [units]. The same in training and inference. The papers leave the last
 * layer, the classifier, plain.
 */
export class NormDense extends SingleKernelLayer<tf.Tensor2D> {
  static className = 'NormDense';
  readonly units: number;
  override readonly kernelInitializer: Initializer;

  constructor(args: NormDenseArgs) {
    const { units, kernelInitializer, seed, ...layer } = args;
    super(layer);
    this.units = positiveOption(this, 'units', units);
    this.kernelInitializer =
      storedInitializer(this, 'kernelInitializer', kernelInitializer) ??
      (tfl.initializers.heNormal(seed === undefined ? {} : { seed }) as Initializer);
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    const shape = [channels, this.units];
    this.kernel = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'kernel',
      shape,
      initializer: this.kernelInitializer,
      normalizer: this.kernelNormalizer,
      layout: denseFilters(shape),
      useBias: this.useBias,
    });
    this.inputSpec = [new tfl.InputSpec({ minNDim: 2, axes: { [-1]: channels } })];
    super.build(inputShape);
  }

  protected override respond(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]);
    return tf.reshape(tf.matMul(rows, kernel), [...x.shape.slice(0, -1), this.units]);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return [...onlyShape(inputShape, this.name).slice(0, -1), this.units];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      units: this.units,
    };
  }
}

tf.serialization.registerClass(NormDense);
