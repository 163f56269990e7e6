import type * as tfl from '@tensorflow/tfjs-layers';

/** How many numbers of `model` are trained. */
export const countParameters = (model: tfl.LayersModel): number =>
  model.trainableWeights.reduce(
    (sum, weight) => sum + weight.shape.reduce<number>((n, d) => n * (d ?? 1), 1),
    0,
  );
