/**
 * DeepLabv3 (Chen, Papandreou, Schroff, Adam 2017, arXiv:1706.05587) on a ResNet or a MobileNetV2, in torchvision's
 * layout: ASPP, dropout, a 3×3 convolution, a 1×1 classifier, logits resized to the input with aligned corners.
 *
 * The light head of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, section 6.3; TensorFlow DeepLab's
 * `mobilenetv2` models) has no atrous branches and no 3×3 convolution: `atrousRates: []`, `headConvolution: false`.
 */
import type { Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { aspp, atrousRatesFor } from './aspp.ts';
import { connect, unit } from './graph.ts';
import { plainConv } from './plain-conv.ts';
import { ResizeLike } from './layers/resize-like.ts';
import { SeededDropout } from './layers/seeded-dropout.ts';
import { mobileNetV2Features } from './mobilenet-v2.ts';
import { resNetFeatures, type BackboneFeatures, type OutputStride, type ResNetDepth } from './resnet.ts';

export interface DeepLabV3Options {
  /** Default `resnet`. */
  backbone?: 'resnet' | 'mobilenetv2';
  /** Of the ResNet. Default 50. */
  depth?: ResNetDepth;
  /** Factor on the channels of MobileNetV2. Default 1. */
  width?: number;
  /** What MobileNetV2's channels are rounded to; see `MobileNetV2Options.channelMultiple`. Default 8. */
  channelMultiple?: number;
  recipe: Recipe;
  /** Number of classes, background included. */
  classes: number;
  /** Input pixels per feature pixel. Default 16. */
  outputStride?: OutputStride;
  /** Rates of the pyramid; none leaves the 1×1 and the pooled branch. Default: the paper's for the output stride. */
  atrousRates?: readonly number[];
  /** Dilation factors of the ResNet's last stage. Default all 1. */
  multiGrid?: readonly number[];
  /** Channels of the pyramid and the head. Default 256. */
  headChannels?: number;
  /** Whether a 3×3 convolution follows the pyramid. Default true. */
  headConvolution?: boolean;
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

/** The backbone's feature maps, and a name for the model's. */
function backboneFeatures(
  image: tfl.SymbolicTensor,
  options: DeepLabV3Options,
  outputStride: OutputStride,
): BackboneFeatures & { name: string } {
  const { recipe, backbone = 'resnet', depth = 50, width = 1, channelMultiple = 8, seed = 0 } = options;
  const { multiGrid = [1], zeroInitResidual = false } = options;
  const common = { recipe, outputStride, zeroInitResidual, prefix: BACKBONE_PREFIX };
  if (backbone === 'resnet') {
    return { ...resNetFeatures(image, { ...common, depth, multiGrid }), name: `resnet${depth}` };
  }
  if (multiGrid.some((factor) => factor !== 1)) {
    throw new Error(
      `DeepLabv3 on MobileNetV2 got multiGrid [${multiGrid.join(', ')}]; leave it [1]: only ResNet has one.`,
    );
  }
  const features = mobileNetV2Features(image, { ...common, width, channelMultiple, seed });
  return { ...features, name: `mobilenetv2-${width}` };
}

/**
 * DeepLabv3 as a model: normalized RGB [N,H,W,3] → logits [N,H,W,classes], for any H and W; k·outputStride + 1
 * (513, 257, 129) aligns the corners of input and features exactly.
 */
export function deepLabV3(options: DeepLabV3Options): tfl.LayersModel {
  const { recipe, classes, outputStride = 16, headChannels = 256, seed = 0 } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new Error(`DeepLabv3 got ${classes} classes; give at least 2, background included.`);
  }
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const { name: backbone, features } = backboneFeatures(image, options, outputStride);
  let x = aspp(features, {
    recipe,
    rates: options.atrousRates ?? atrousRatesFor(outputStride),
    channels: headChannels,
    poolingNorm: options.poolingNorm ?? 'recipe',
    prefix: 'classifier.0.',
  });
  x = connect(new SeededDropout({ name: 'classifier.dropout', rate: options.dropout ?? 0.5, seed }), x);
  if (options.headConvolution ?? true) {
    x = unit(recipe, x, {
      convName: 'classifier.1',
      normName: 'classifier.2',
      actName: 'classifier.relu',
      filters: headChannels,
      kernelSize: 3,
      padding: 1,
    });
  }
  const logits = connect(plainConv({ name: 'classifier.4', filters: classes, kernelSize: 1, seed }), x);
  const resized = connect(new ResizeLike({ name: 'logits' }), [logits, image]);
  return tfl.model({
    inputs: image,
    outputs: resized,
    name: `deeplabv3_${backbone}_os${outputStride}_${recipe.name}`,
  });
}
