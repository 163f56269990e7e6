// The second classifier of margin disparity discrepancy, which disagrees with the network's own on the target.
//
// Zhang, Liu, Long, Jordan: "Bridging Theory and Algorithm for Domain Adaptation", ICML 2019, arXiv 1904.05801; the two layers,
// and how they begin, as the authors' code and tllib have them.

import * as tfl from '@tensorflow/tfjs-layers';
import type { Head } from '../../method.ts';
import { headModel } from './hidden-layers.ts';

export interface AdversarialClassifierOptions {
  /** Outputs of the hidden layer. Default 1024. */
  readonly hiddenWidth?: number;
  /** Share of the hidden outputs dropped in training. Default 0.5. */
  readonly dropout?: number;
  /** See `Head`. Default 1. */
  readonly learningRateScale?: number;
}

/** featureCount → hiddenWidth → classCount logits. Kernels are drawn from N(0, 0.01²); biases begin at 0. */
export function adversarialClassifier(
  featureCount: number,
  classCount: number,
  seed: number,
  { hiddenWidth = 1024, dropout = 0.5, learningRateScale = 1 }: AdversarialClassifierOptions = {},
): Head {
  const name = 'adversarialClassifier';
  const model = headModel(featureCount, classCount, {
    name,
    widths: [hiddenWidth],
    dropout,
    batchNorm: false,
    kernelStart: (kernelSeed) => tfl.initializers.randomNormal({ mean: 0, stddev: 0.01, seed: kernelSeed }),
    seed,
  });
  return { name, model, learningRateScale };
}
