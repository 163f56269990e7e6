/**
 * A small network for digits of 28×28 pixels, after LeNet (LeCun, Bottou, Bengio, Haffner 1998) as the digit tasks of domain
 * adaptation have it (Ganin et al. 2016, arXiv:1505.07818; Long et al. 2018, arXiv:1705.10667): two 5×5 convolutions of 20
 * and 50 channels without padding, each with the recipe's normalization, a rectifier and a 2×2 max-pooling.
 *
 *   [N,28,28,C] → [N,24,24,20] → [N,12,12,20] → [N,8,8,50] → [N,4,4,50] → [N,800]
 *
 * The features are flat: where a stroke lies tells digits apart, and a global average would lose it. The fully connected
 * layer of 500 that the papers' networks have next is the bottleneck of `imageClassifier`: { width: 500, relu: true,
 * dropout: 0.5 }.
 */
import type { Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { MaxPool } from './layers/max-pool.ts';

/** Side of the images in pixels. */
export const DIGIT_SIZE = 28;
const CHANNELS = [20, 50] as const;

export interface DigitFeaturesOptions {
  recipe: Recipe;
  /** Put before every layer name. Default none. */
  prefix?: string;
}

/** Wires the convolutional part onto `image`, [N,28,28,C] → [N,800]. */
export function digitFeatures(
  image: tfl.SymbolicTensor,
  { recipe, prefix = '' }: DigitFeaturesOptions,
): tfl.SymbolicTensor {
  let x = image;
  CHANNELS.forEach((filters, index) => {
    const layer = (name: string): string => `${prefix}${name}${index + 1}`;
    const activated = unit(recipe, x, {
      convName: layer('conv'),
      normName: layer('bn'),
      actName: layer('relu'),
      filters,
      kernelSize: 5,
      padding: 'valid',
    });
    x = connect(new MaxPool({ name: layer('pool'), size: 2, strides: 2, padding: 0 }), activated);
  });
  return connect(tfl.layers.flatten({ name: `${prefix}flatten` }), x);
}
