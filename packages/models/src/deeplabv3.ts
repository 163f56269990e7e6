/**
 * DeepLabv3 (Chen, Papandreou, Schroff, Adam 2017, arXiv:1706.05587) and DeepLabv3+ (Chen, Zhu, Papandreou, Schroff,
 * Adam 2018, arXiv:1802.02611) on a ResNet or a MobileNetV2: backbone, decoder (`v3-head.ts`, `v3plus-decoder.ts`), and
 * logits resized to the input with aligned corners.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { atrousRatesFor } from './aspp.ts';
import { auxiliaryHead } from './auxiliary-head.ts';
import { backboneFeatures, type BackboneOptions } from './backbone.ts';
import { connect } from './graph.ts';
import { ResizeLike } from './layers/resize-like.ts';
import type { BackboneFeatures } from './resnet.ts';
import { v3Head, type HeadOptions } from './v3-head.ts';
import { v3PlusDecoder } from './v3plus-decoder.ts';

export interface DeepLabV3Options extends BackboneOptions {
  /** Number of classes, background included. */
  classes: number;
  /** Default `v3`: classifies at the output stride; `v3plus` at stride 4, with the backbone's low-level features. */
  decoder?: 'v3' | 'v3plus';
  /** Rates of the pyramid; none leaves the 1×1 and the pooled branch. Default: the paper's for the output stride. */
  atrousRates?: readonly number[];
  /** Channels of the pyramid and the head. Default 256. */
  headChannels?: number;
  /** Whether a 3×3 convolution follows the pyramid of `v3`. Default true. */
  headConvolution?: boolean;
  /** Channels that `v3plus` reduces the low-level features to. Default 48. */
  lowLevelChannels?: number;
  /** 3×3 convolutions of `v3plus` before its classifier. Default 2. */
  decoderConvolutions?: number;
  /** How the pooled branch is normalized; see `AsppOptions.poolingNorm`. Default `recipe`. */
  poolingNorm?: 'recipe' | 'none';
  /** Dropout after the pyramid. Default 0.5. */
  dropout?: number;
  /**
   * Whether the model has a second output of the same shape, the logits of an auxiliary head, to be trained with and left
   * out then by `withoutAuxiliaryHead`. Default false.
   */
  auxiliaryHead?: boolean;
  /** Seed of the dropout noise, of the classifiers' weights and of depthwise kernels. Default 0. */
  seed?: number;
}

/** Logits at the decoder's own stride. */
function decode(features: BackboneFeatures, options: DeepLabV3Options): tfl.SymbolicTensor {
  const { recipe, classes, decoder = 'v3', outputStride = 16, headConvolution = true } = options;
  const head: HeadOptions = {
    recipe,
    classes,
    rates: options.atrousRates ?? atrousRatesFor(outputStride),
    channels: options.headChannels ?? 256,
    poolingNorm: options.poolingNorm ?? 'recipe',
    dropout: options.dropout ?? 0.5,
    seed: options.seed ?? 0,
  };
  if (decoder === 'v3') return v3Head(features.features, { ...head, headConvolution });
  if (!headConvolution) {
    throw new Error(
      `DeepLabv3+ got headConvolution false; leave it true: decoderConvolutions says how many it has.`,
    );
  }
  const { lowLevelChannels = 48, decoderConvolutions = 2 } = options;
  return v3PlusDecoder(features, { ...head, lowLevelChannels, decoderConvolutions });
}

/**
 * DeepLab as a model: normalized RGB [N,H,W,3] → logits [N,H,W,classes], for any H and W; k·outputStride + 1
 * (513, 257, 129) aligns the corners of input and features exactly.
 *
 * @throws if an option cannot be had, or has no effect with the others.
 */
export function deepLabV3(options: DeepLabV3Options): tfl.LayersModel {
  const { recipe, classes, decoder = 'v3', outputStride = 16, seed = 0 } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new Error(`DeepLabv3 got ${classes} classes; give at least 2, background included.`);
  }
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const { name: backbone, ...features } = backboneFeatures(image, options);
  const atImageSize = (logits: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
    connect(new ResizeLike({ name }), [logits, image]);
  const outputs = [atImageSize(decode(features, options), 'logits')];
  if (options.auxiliaryHead ?? false) {
    outputs.push(atImageSize(auxiliaryHead(features.middle, { recipe, classes, seed }), 'aux_logits'));
  }
  return tfl.model({
    inputs: image,
    outputs,
    name: `deeplab${decoder}_${backbone}_os${outputStride}_${recipe.name}`,
  });
}
