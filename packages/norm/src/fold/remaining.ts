// Why a layer of this package stays in a folded model.

import * as tfl from '@tensorflow/tfjs-layers';
import { GroupKalmanNorm } from '../kalman/group-kalman-norm.ts';
import { momentFlowOf } from '../kalman/signal.ts';
import { ChannelNorm } from '../layers/channel-norm.ts';
import { ThresholdedLinearUnit } from '../layers/filter-response-norm.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { isNormKernel } from './norm-kernels.ts';

const NEEDS_PACKAGE = 'loading the model needs @plumbline/norm';
const PER_SAMPLE = `its statistics are those of each image, which no kernel can hold; ${NEEDS_PACKAGE}`;
const THRESHOLD = `TensorFlow.js has no layer with a learned threshold per channel; ${NEEDS_PACKAGE}`;
const MOMENTS = `it hands on the moments that Group Kalman Normalization predicts from; ${NEEDS_PACKAGE}`;
const GROUPED = `TensorFlow.js has no convolution in groups; ${NEEDS_PACKAGE}`;

const WRAPPED = `it wraps a layer of this package, and wrappers are not opened; ${NEEDS_PACKAGE}`;

/** The reason why `layer` cannot become stock layers, or has not; null for layers that are not this package's. */
export function remainsBecause(layer: tfl.layers.Layer): string | null {
  if (momentFlowOf(layer) !== null && !(layer instanceof GroupKalmanNorm)) return MOMENTS;
  if (layer instanceof NormConv2D && layer.groups > 1) return GROUPED;
  if (layer instanceof ChannelNorm) return PER_SAMPLE;
  if (layer instanceof ThresholdedLinearUnit) return THRESHOLD;
  const { layer: wrapped } = layer as { layer?: unknown };
  if (!(wrapped instanceof tfl.layers.Layer)) return null;
  return isNormKernel(wrapped) || remainsBecause(wrapped) !== null ? WRAPPED : null;
}
