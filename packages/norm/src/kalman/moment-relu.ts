// The rectifier of a network with Kalman normalization.

import * as tf from '@tensorflow/tfjs-core';
import { Relu } from '../layers/relu.ts';
import type { MomentAware } from './signal.ts';

/** max(x, 0), past which `connect` carries the moments unchanged: the next prediction rectifies them itself. */
export class MomentRelu extends Relu implements MomentAware {
  static override className = 'MomentRelu';
  readonly momentFlow = 'kept';
}

tf.serialization.registerClass(MomentRelu);
