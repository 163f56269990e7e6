// Several losses as one: their sum, each with a factor.
//
//   loss = a · cross-entropy + b · focal + c · Dice + d · Lovász
//
// Cross-entropy and focal loss are means over valid pixels, so accumulated micro-batches weighted by valid pixels make
// the batch's loss exactly. Dice, Lovász and a choice of hard pixels are no such means: accumulated, each is that of the
// micro-batches, averaged.

import * as tf from '@tensorflow/tfjs-core';
import { crossEntropyLoss } from './cross-entropy.ts';
import { diceLoss } from './dice.ts';
import { focalLoss } from './focal.ts';
import { lovaszLoss } from './lovasz.ts';
import { DEFAULT_IGNORE_LABEL, type PixelLoss } from './pixels.ts';
import type { PixelWeightOptions } from './pixel-weights.ts';

/** How much of each loss; 0 leaves it out. */
export interface LossFactors {
  /** Default 1. */
  crossEntropy?: number;
  /** Default 0. */
  focal?: number;
  /** Default 0. */
  dice?: number;
  /** Default 0. */
  lovasz?: number;
}

/** Class weights and hard pixels are those of cross-entropy and focal loss; Dice and Lovász weigh classes equally. */
export interface SegmentationLossOptions extends PixelWeightOptions {
  factors?: LossFactors;
  /** Default 255. */
  ignoreLabel?: number;
  /** Of cross-entropy, in [0, 1). Default 0. */
  labelSmoothing?: number;
  /** γ of the focal loss. Default 2. */
  focalGamma?: number;
}

/** @throws on a factor that is negative or no number, a name that is no loss, or no loss at all. */
export function checkFactors(factors: LossFactors): Required<LossFactors> {
  const all = { crossEntropy: 1, focal: 0, dice: 0, lovasz: 0, ...factors };
  const names = ['crossEntropy', 'focal', 'dice', 'lovasz'];
  for (const [name, factor] of Object.entries(all)) {
    if (!names.includes(name))
      throw new Error(`There is no loss "${name}": choose among ${names.join(', ')}.`);
    if (!(factor >= 0 && Number.isFinite(factor)))
      throw new Error(`The factor of the loss ${name} is ${factor}, and a number of 0 or above is wanted.`);
  }
  if (Object.values(all).every((factor) => factor === 0))
    throw new Error('All losses have the factor 0, so nothing would be learnt: give one of them a factor.');
  return all;
}

/**
 * The loss of `logits` [N, H, W, K] against `labels` [N, H, W] (int32). Without options it is cross-entropy averaged
 * over the valid pixels.
 *
 * @throws if shapes, types or an option do not fit.
 */
export function segmentationLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  {
    factors = {},
    ignoreLabel = DEFAULT_IGNORE_LABEL,
    labelSmoothing = 0,
    focalGamma = 2,
    ...weighting
  }: SegmentationLossOptions = {},
): PixelLoss {
  const factor = checkFactors(factors);
  const weighted = { ignoreLabel, ...weighting };
  return tf.tidy(() => {
    const terms: [number, () => PixelLoss][] = [
      [factor.crossEntropy, () => crossEntropyLoss(logits, labels, { ...weighted, labelSmoothing })],
      [factor.focal, () => focalLoss(logits, labels, { ...weighted, gamma: focalGamma })],
      [factor.dice, () => diceLoss(logits, labels, { ignoreLabel })],
      [factor.lovasz, () => lovaszLoss(logits, labels, { ignoreLabel })],
    ];
    const used = terms
      .filter(([times]) => times > 0)
      .map(([times, of]) => {
        const { loss, weight } = of();
        return { loss: times === 1 ? loss : tf.mul<tf.Scalar>(loss, times), weight };
      });
    const loss = used.map((term) => term.loss).reduce((sum, term) => tf.add(sum, term));
    return { loss, weight: used[0]?.weight } as unknown as tf.NamedTensorMap;
  }) as unknown as PixelLoss;
}
