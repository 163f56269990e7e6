/**
 * DeepLabv3 (Chen, Papandreou, Schroff, Adam 2017, arXiv:1706.05587) on a ResNet, in torchvision's layout: ASPP,
 * dropout, a 3×3 convolution, a 1×1 classifier, logits resized to the input with aligned corners.
 */
import type { Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { aspp, atrousRatesFor } from './aspp.ts';
import { connect, unit } from './graph.ts';
import { plainConv } from './plain-conv.ts';
import { ResizeLike } from './layers/resize-like.ts';
import { SeededDropout } from './layers/seeded-dropout.ts';
import { resNetFeatures, type OutputStride, type ResNetDepth } from './resnet.ts';

export interface DeepLabV3Options {
  /** ResNet depth of the backbone. */
  depth: ResNetDepth;
  recipe: Recipe;
  /** Number of classes, background included. */
  classes: number;
  /** Input pixels per feature pixel. Default 16. */
  outputStride?: OutputStride;
  /** Rates of the pyramid. Default: the paper's for the output stride. */
  atrousRates?: readonly number[];
  /** Dilation factors of the last stage. Default all 1. */
  multiGrid?: readonly number[];
  /** Channels of the pyramid and the head. Default 256. */
  headChannels?: number;
  /** How the pooled branch is normalized; see `AsppOptions.poolingNorm`. Default `recipe`. */
  poolingNorm?: 'recipe' | 'none';
  /** Dropout after the pyramid. Default 0.5. */
  dropout?: number;
  /** Start residual branches at zero. Default false. */
  zeroInitResidual?: boolean;
  /** Seed of the dropout noise and of the classifier's weights. Default 0. */
  seed?: number;
}

/** Layer names of the backbone begin with this; everything else is the head. */
export const BACKBONE_PREFIX = 'backbone.';

/**
 * DeepLabv3 as a model: normalized RGB [N,H,W,3] → logits [N,H,W,classes], for any H and W; k·outputStride + 1
 * (513, 257, 129) aligns the corners of input and features exactly.
 */
export function deepLabV3(options: DeepLabV3Options): tfl.LayersModel {
  const { depth, recipe, classes, outputStride = 16, headChannels = 256, seed = 0 } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new Error(`DeepLabv3 got ${classes} classes; give at least 2, background included.`);
  }
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const { features } = resNetFeatures(image, {
    depth,
    recipe,
    outputStride,
    prefix: BACKBONE_PREFIX,
    multiGrid: options.multiGrid ?? [1],
    zeroInitResidual: options.zeroInitResidual ?? false,
  });
  let x = aspp(features, {
    recipe,
    rates: options.atrousRates ?? atrousRatesFor(outputStride),
    channels: headChannels,
    poolingNorm: options.poolingNorm ?? 'recipe',
    prefix: 'classifier.0.',
  });
  x = connect(new SeededDropout({ name: 'classifier.dropout', rate: options.dropout ?? 0.5, seed }), x);
  x = unit(recipe, x, {
    convName: 'classifier.1',
    normName: 'classifier.2',
    actName: 'classifier.relu',
    filters: headChannels,
    kernelSize: 3,
    padding: 1,
  });
  const logits = connect(plainConv({ name: 'classifier.4', filters: classes, kernelSize: 1, seed }), x);
  const resized = connect(new ResizeLike({ name: 'logits' }), [logits, image]);
  return tfl.model({
    inputs: image,
    outputs: resized,
    name: `deeplabv3_resnet${depth}_os${outputStride}_${recipe.name}`,
  });
}
