/**
 * The head of DeepLabv3 (Chen, Papandreou, Schroff, Adam 2017, arXiv:1706.05587) in torchvision's layout: pyramid,
 * dropout, a 3×3 convolution, a 1×1 classifier; layer names `classifier.0` … `classifier.4`.
 *
 * The light head of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, section 6.3; TensorFlow DeepLab's
 * `mobilenetv2` models) has no atrous branches and no 3×3 convolution.
 */
import { SeededDropout, type Recipe, type Signal } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import { aspp } from './aspp.ts';
import { connect, unit } from './graph.ts';
import { plainConv } from './plain-conv.ts';

export interface HeadOptions {
  recipe: Recipe;
  classes: number;
  /** Rates of the pyramid. */
  rates: readonly number[];
  /** Channels of the pyramid and of the 3×3 convolutions. */
  channels: number;
  /** See `AsppOptions.poolingNorm`. */
  poolingNorm: 'recipe' | 'none';
  /** Share of the pyramid's outputs that are dropped in training. */
  dropout: number;
  /** Of the dropout noise and of the classifier's weights. */
  seed: number;
}

/** Wires the pyramid and its dropout onto `features`, [N,h,w,C] → [N,h,w,channels]. */
export function droppedPyramid(
  features: tfl.SymbolicTensor,
  { recipe, rates, channels, poolingNorm, dropout, seed }: HeadOptions,
  prefix: string,
): tfl.SymbolicTensor {
  const x = aspp(features, { recipe, rates, channels, poolingNorm, prefix });
  return connect(new SeededDropout({ name: 'classifier.dropout', rate: dropout, seed }), x);
}

export interface V3HeadOptions extends HeadOptions {
  /** Whether a 3×3 convolution follows the pyramid. */
  headConvolution: boolean;
}

/** Wires the head onto `features`, [N,h,w,C] → logits [N,h,w,classes]. */
export function v3Head(features: tfl.SymbolicTensor, options: V3HeadOptions): tfl.SymbolicTensor {
  const { recipe, classes, channels, headConvolution, seed } = options;
  let x: Signal = droppedPyramid(features, options, 'classifier.0.');
  if (headConvolution) {
    x = unit(recipe, x, {
      convName: 'classifier.1',
      normName: 'classifier.2',
      actName: 'classifier.relu',
      filters: channels,
      kernelSize: 3,
      padding: 1,
    });
  }
  return connect(plainConv({ name: 'classifier.4', filters: classes, kernelSize: 1, seed }), x);
}
