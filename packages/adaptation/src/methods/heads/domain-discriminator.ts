// The domain discriminator of adversarial methods: three fully connected layers that say which domain a feature is of.
//
// Ganin et al.: "Domain-Adversarial Training of Neural Networks", JMLR 2016, arXiv 1505.07818.
//
// Batch normalization is not the default: normalizing each domain by its own batch would erase the shift of the means that
// a discriminator is to see, so with it both domains go through in one pass, and what it then sees of one depends on how
// many images there are of the other.

import * as tfl from '@tensorflow/tfjs-layers';
import type { Head } from '../../method.ts';
import { headModel } from './hidden-layers.ts';

export interface DiscriminatorOptions {
  /** Outputs of both hidden layers. Default 1024. */
  readonly hiddenWidth?: number;
  /** Share of the hidden outputs dropped in training. Default 0.5, or 0 with batch normalization. */
  readonly dropout?: number;
  /** Batch normalization before both rectifiers, as tllib has it. Default false. */
  readonly batchNorm?: boolean;
  /** See `Head`. Default 1. */
  readonly learningRateScale?: number;
}

/**
 * inputCount → hiddenWidth → hiddenWidth → 1 logit, positive for the source. Kernels are drawn uniformly from ±1/√(inputs), PyTorch's
 * default; biases begin at 0.
 */
export function domainDiscriminator(
  inputCount: number,
  seed: number,
  {
    hiddenWidth = 1024,
    batchNorm = false,
    dropout = batchNorm ? 0 : 0.5,
    learningRateScale = 1,
  }: DiscriminatorOptions = {},
): Head {
  const name = 'discriminator';
  const model = headModel(inputCount, 1, {
    name,
    widths: [hiddenWidth, hiddenWidth],
    dropout,
    batchNorm,
    kernelStart: (kernelSeed) =>
      tfl.initializers.varianceScaling({
        scale: 1 / 3,
        mode: 'fanIn',
        distribution: 'uniform',
        seed: kernelSeed,
      }),
    seed,
  });
  return { name, model, learningRateScale };
}
