// Mean and variance of the activations through the depth of a network, in training mode: what a recipe does to the signal.
//
// They are taken where all recipes have something: after every convolution (what a normalization gets), before every
// rectifier (what it makes of that, and the residual sums of post-activation networks), and after every residual sum. Brock,
// De and Smith 2021 ("Characterizing signal propagation to close the performance gap in unnormalized ResNets",
// arXiv:2101.08692) read such plots; He, Zhang, Ren and Sun 2015 (arXiv:1502.01852) choose initial weights so that the
// variance keeps its size from one convolution to the next. Of x [N, H, W, C] at one place, with m_c and v_c the mean and the
// biased variance of channel c over N, H, W:
//
//   mean            = mean_c m_c
//   channelVariance = mean_c v_c
//   variance        = mean_c v_c + mean_c (m_c − mean)²            of all values of the layer

import { leafLayers, MomentAdd, Relu, ThresholdedLinearUnit, type PlacedLayer } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { keptMoments, meanOf, readMoments, type KeptMoments } from './channel-moments.ts';
import { kernelsOf } from './kernels.ts';
import { leavingUnchanged } from './unchanged.ts';
import { watchingLayers } from './watch-layers.ts';

/** After a convolution, before a rectifier, or after a residual sum. */
export type ActivationPlace = 'convolution' | 'rectifier' | 'sum';

export interface ActivationMoments {
  /** The layer's name; in a model inside the model, after that model's name and a slash. */
  readonly layer: string;
  readonly place: ActivationPlace;
  readonly mean: number;
  /** Of the whole layer. */
  readonly variance: number;
  /** The mean over the channels of each one's own. */
  readonly channelVariance: number;
}

/**
 * The moments at every place of `model`, in the order of depth, in training mode on one batch `images` [N, H, W, C], which stays
 * the caller's. The model is left as it was.
 */
export async function activationMoments(
  model: tfl.LayersModel,
  images: tf.Tensor4D,
): Promise<ActivationMoments[]> {
  const convolutions = new Set(
    kernelsOf(model)
      .filter(({ kind }) => kind === 'convolution')
      .map(({ layer }) => layer),
  );
  const places = leafLayers(model).flatMap(
    ({ name, layer }): (PlacedLayer & { place: ActivationPlace })[] => {
      if (convolutions.has(layer)) return [{ name, layer, place: 'convolution' }];
      if (isRectifier(layer)) return [{ name, layer, place: 'rectifier' }];
      return isSum(layer) ? [{ name, layer, place: 'sum' }] : [];
    },
  );
  const seen = new Map<tfl.layers.Layer, KeptMoments>();
  const placeOf = new Map(places.map(({ layer, place }) => [layer, place]));
  try {
    leavingUnchanged(model, () => {
      watchingLayers(
        places.map(({ layer }) => layer),
        (layer, input, output) => {
          seen.set(layer, keptMoments(placeOf.get(layer) === 'rectifier' ? input : output));
        },
        () => {
          tf.tidy(() => void model.apply(images, { training: true }));
        },
      );
    });
    const moments: ActivationMoments[] = [];
    for (const { name, layer, place } of places) {
      const kept = seen.get(layer);
      if (kept === undefined) continue;
      moments.push({ layer: name, place, ...ofWholeLayer(await readMoments(kept)) });
    }
    return moments;
  } finally {
    for (const { mean, variance } of seen.values()) tf.dispose([mean, variance]);
  }
}

function ofWholeLayer({
  means,
  variances,
}: {
  means: Float32Array;
  variances: Float32Array;
}): Pick<ActivationMoments, 'mean' | 'variance' | 'channelVariance'> {
  const [mean, channelVariance] = [meanOf(means), meanOf(variances)];
  const between = meanOf(Float64Array.from(means, (one) => (one - mean) ** 2));
  return { mean, variance: channelVariance + between, channelVariance };
}

function isRectifier(layer: tfl.layers.Layer): boolean {
  if (layer instanceof Relu || layer instanceof ThresholdedLinearUnit) return true;
  const name = layer.getClassName();
  return (
    /^(Plumbline)?ReLU6?$/i.test(name) ||
    (name === 'Activation' && /^relu6?$/.test(String(layer.getConfig()['activation'])))
  );
}

const isSum = (layer: tfl.layers.Layer): boolean =>
  layer instanceof MomentAdd || layer.getClassName() === 'Add';
