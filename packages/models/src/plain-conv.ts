import { layerSeed, NormConv2D } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The classifier: a convolution that no recipe changes, with bias, its weights drawn from N(0, 0.01²) so that all
 * classes begin about equally likely. Weight Standardization's and WeightAlign's authors leave it plain as well.
 */
export const plainConv = (options: {
  name: string;
  filters: number;
  kernelSize: number;
  /** Default `same`. */
  padding?: number;
  seed: number;
}): NormConv2D => {
  const { seed, ...conv } = options;
  return new NormConv2D({
    ...conv,
    kernelInitializer: tfl.initializers.randomNormal({
      mean: 0,
      stddev: 0.01,
      seed: layerSeed(seed, conv.name),
    }),
  });
};
