// A convolution that also predicts the moments of its output, for the Kalman normalization that follows it.

import { conv2d } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { layerSeed } from '../layer-seed.ts';
import { NormConv2D, type NormConv2DArgs } from '../layers/norm-conv2d.ts';
import { channelsOf } from '../layers/layer-arguments.ts';
import { momentSpec, shapesWithMoments, tensorsWithMoments } from './moment-inputs.ts';
import type { Moments } from './moments.ts';
import { predictedMoments, sampledMoments, type KalmanPrediction } from './predict.ts';
import type { MomentAware } from './signal.ts';
import { SingleRun } from './single-run.ts';
import { oneOf } from '../one-of.ts';

export interface KalmanConv2DArgs extends NormConv2DArgs {
  /** `reference` (default): sampled, the authors' way. `consistent`: in closed form. */
  prediction?: KalmanPrediction;
  /** Seed of the noise of `reference`, an int32. Default: `seed`, or one made from the layer's name where that is left out. */
  noiseSeed?: number;
}

/**
 * A `NormConv2D` that, called with [x, moments], returns [y, predicted]: `moments` [B, 2, Cin] describe what entered the
 * rectifier before it, `predicted` [B, 2, filters] what leaves it. Called with x alone it is a `NormConv2D` and returns y.
 *
 * `reference` costs a convolution of one image more, in training; in inference, where nobody asks for a prediction, it is
 * zero. It holds the state `noiseCount` [1], how often it drew noise, which goes on while the layer is frozen, as dropout's
 * noise does. `consistent` costs next to nothing and has no state.
 */
export class KalmanConv2D extends NormConv2D implements MomentAware {
  static override className = 'KalmanConv2D';
  readonly momentFlow = 'mapped';
  readonly prediction: KalmanPrediction;
  readonly noiseSeed: number;
  // Float32 counts exactly to 16.7 million steps; an int32 weight cannot be saved with a TF.js model.
  private noiseCount: tfl.LayerVariable | null = null;
  private readonly singleRun = new SingleRun();

  constructor({ prediction = 'reference', noiseSeed, ...args }: KalmanConv2DArgs) {
    super(args);
    this.prediction = oneOf(`KalmanConv2D "${this.name}"`, 'prediction', prediction, [
      'reference',
      'consistent',
    ]);
    this.noiseSeed = noiseSeed ?? (args.seed ?? layerSeed(0, this.name)) | 0;
    if (this.noiseSeed !== (this.noiseSeed | 0)) {
      throw new Error(
        `KalmanConv2D "${this.name}" got noiseSeed ${this.noiseSeed}: use a whole int32 number.`,
      );
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const shapes = shapesWithMoments(inputShape, this);
    super.build(shapes.x);
    if (shapes.moments === null) return;
    this.inputSpec = [...this.inputSpec, momentSpec(channelsOf(shapes.x, this.name))];
    if (this.prediction === 'reference') {
      const zeros = tfl.initializers.zeros();
      this.noiseCount = this.addWeight('noiseCount', [1], 'float32', zeros, undefined, false);
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    const { x, moments } = tensorsWithMoments(inputs, this);
    if (moments === null) return super.call(x);
    const outputs = this.singleRun.outputs(this, [x, moments], kwargs, () =>
      tf.tidy(() => [super.call(x), this.predict(x as tf.Tensor4D, moments, kwargs['training'] === true)]),
    );
    // NormConv2D's type promises the one output it has.
    return outputs as unknown as tf.Tensor;
  }

  private predict(x: tf.Tensor4D, moments: Moments, training: boolean): Moments {
    if (this.prediction === 'consistent') {
      return predictedMoments(moments, this.effectiveKernel(), this.effectiveBias(), this.groups);
    }
    if (!training) return tf.zeros([moments.shape[0], 2, this.filters]);
    const offset = this.effectiveBias();
    return sampledMoments(moments, [x.shape[1], x.shape[2]], this.nextSeed(), (field) => {
      const { strides, padding, dilation, groups } = this;
      const y = conv2d(field, this.effectiveKernel(), { strides, padding, dilation, groups });
      return offset === null ? y : tf.add(y, offset);
    });
  }

  private nextSeed(): tf.Tensor1D {
    const { noiseCount } = this;
    if (noiseCount === null) {
      throw new Error(
        `KalmanConv2D "${this.name}" was first connected to x alone, and now got moments: use one of both for all calls.`,
      );
    }
    const count = noiseCount.read() as tf.Tensor1D;
    const seed = tf.concat([tf.tensor1d([this.noiseSeed], 'int32'), tf.cast(count, 'int32')]);
    noiseCount.write(tf.add(count, 1));
    return seed;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const { x, moments } = shapesWithMoments(inputShape, this);
    const shape = super.computeOutputShape(x);
    if (moments === null) return shape;
    return [shape, [moments[0] ?? null, 2, this.filters]] as unknown as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), prediction: this.prediction, noiseSeed: this.noiseSeed };
  }
}

tf.serialization.registerClass(KalmanConv2D);
