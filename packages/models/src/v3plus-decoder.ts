/**
 * The decoder of DeepLabv3+ (Chen, Zhu, Papandreou, Schroff, Adam 2018, arXiv:1802.02611, section 3.1): the backbone's
 * features of stride 4, reduced to few channels by a 1×1 convolution, beside the pyramid resized to them; 3×3
 * convolutions and a 1×1 classifier on both.
 *
 *   logits = classify(conv₃ₓ₃²([conv₁ₓ₁(lowLevel), resize(dropout(pyramid(features)))]))
 *
 * Layer names and the order of the concatenation, low-level features first, are those of the widespread PyTorch
 * implementation that extends torchvision's DeepLabv3 (VainF/DeepLabV3Plus-Pytorch): `classifier.project.0`,
 * `classifier.aspp.convs.0.0` …, `classifier.classifier.0` …. That one has a single 3×3 convolution; with
 * `decoderConvolutions: 1` its weights fit.
 */
import type { Signal } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { ResizeLike } from './layers/resize-like.ts';
import { plainConv } from './plain-conv.ts';
import type { BackboneFeatures } from './resnet.ts';
import { droppedPyramid, type HeadOptions } from './v3-head.ts';

export interface V3PlusOptions extends HeadOptions {
  /** Channels that the low-level features are reduced to. */
  lowLevelChannels: number;
  /** 3×3 convolutions before the classifier. */
  decoderConvolutions: number;
}

/** Wires the decoder onto a backbone's features, → logits [N,H/4,W/4,classes]. */
export function v3PlusDecoder(
  { lowLevel, features }: Pick<BackboneFeatures, 'lowLevel' | 'features'>,
  options: V3PlusOptions,
): tfl.SymbolicTensor {
  const { recipe, classes, channels, lowLevelChannels, decoderConvolutions, seed } = options;
  for (const [option, value] of Object.entries({ lowLevelChannels, decoderConvolutions })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new Error(`DeepLabv3+ got ${option} ${value}; give a whole number from 1 on.`);
  }
  const details = unit(recipe, lowLevel, {
    convName: 'classifier.project.0',
    normName: 'classifier.project.1',
    actName: 'classifier.project.2',
    filters: lowLevelChannels,
    kernelSize: 1,
  });
  const pyramid = droppedPyramid(features, options, 'classifier.aspp.');
  const resized = connect(new ResizeLike({ name: 'classifier.aspp.resize' }), [pyramid, details]);
  let x: Signal = connect(tfl.layers.concatenate({ name: 'classifier.concat' }), [details, resized]);
  // As the members of a PyTorch sequence are counted: convolution, norm, activation, convolution …
  const member = (index: number): string => `classifier.classifier.${index}`;
  for (let k = 0; k < decoderConvolutions; k++) {
    x = unit(recipe, x, {
      convName: member(3 * k),
      normName: member(3 * k + 1),
      actName: member(3 * k + 2),
      filters: channels,
      kernelSize: 3,
      padding: 1,
    });
  }
  const name = member(3 * decoderConvolutions);
  return connect(plainConv({ name, filters: classes, kernelSize: 1, seed }), x);
}
