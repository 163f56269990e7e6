/**
 * Normalizations that begin where loaded weights left off.
 *
 * A model with loaded convolutions but another normalization, or with a batch normalization whose statistics were folded
 * away, computes something else in training than what its weights were trained for. Here γ and β of each normalization are
 * the least-squares fit, channel by channel over the positions of a few images, of what the file's model does with the
 * convolution before it:
 *
 *   γ · û + β ≈ scale · z + shift,   z = conv(x), û = norm(z) in training with γ = 1, β = 0
 *
 * from the first layer to the last, each on what the layers before it now give. Batch normalization fits exactly on these
 * images, also in inference: its running statistics become theirs, as do those of the others that average by the channel.
 * A frozen normalization keeps its statistics, and γ and β are fitted to them as they are. Batch-Channel Normalization is left
 * as it was loaded, since its γ and β are not what it does last. The idea is that of data-dependent initialization (Salimans,
 * Kingma 2016, arXiv:1602.07868; Krähenbühl et al. 2015, arXiv:1511.06856), with the file's outputs as the aim.
 */
import { BatchChannelNorm, BatchNorm, ChannelNorm, MovingAverageBatchNorm } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ImportResult, WantedAffine } from './import-weights.ts';
import { weightOf } from './weight-of.ts';

export interface FittedNorm {
  readonly layer: string;
  /** Share of the wanted variance that the normalization cannot give, over all channels: 0 is the same function. */
  readonly unexplained: number;
}

/** Whether it normalizes by its statistics in training too, and leaves them alone. */
const isFrozen = (norm: ChannelNorm): boolean =>
  norm.trainableWeights.length === 0 || (norm instanceof BatchNorm && norm.freezeStatistics);

/** Sets γ and β of one normalization for its inputs, z [N, h, w, C] first; returns the unexplained share. */
function fitNorm(norm: ChannelNorm, inputs: readonly tf.Tensor[], wanted: WantedAffine): number {
  const z = inputs[0] as tf.Tensor;
  const channels = wanted.scale.length;
  const [gamma, beta] = [weightOf(norm, 'gamma'), weightOf(norm, 'beta')];
  if (gamma === undefined || beta === undefined) return NaN;
  const share = tf.tidy(() => {
    gamma.write(tf.onesLike(gamma.read()));
    beta.write(tf.zerosLike(beta.read()));
    const before = norm.getWeights().map((value) => tf.clone(value));
    const columns = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, channels]);
    const given = inputs.length === 1 ? z : [...inputs];
    const outputs = [norm.apply(given, { training: true }) as tf.Tensor | tf.Tensor[]].flat();
    const normalized = columns(outputs[0] as tf.Tensor);
    if (norm instanceof MovingAverageBatchNorm) norm.forgetForward();
    // Running statistics that a single batch would only nudge are set below, or left as they were.
    norm.setWeights(before);
    const aim = tf.add(tf.mul(columns(z), tf.tensor1d(wanted.scale)), tf.tensor1d(wanted.shift));
    const [mean, aimMean] = [tf.mean(normalized, 0), tf.mean(aim, 0)];
    const centred = tf.sub(normalized, mean);
    const slope = tf.divNoNan(
      tf.sum(tf.mul(centred, tf.sub(aim, aimMean)), 0),
      tf.sum(tf.square(centred), 0),
    );
    const offset = tf.sub(aimMean, tf.mul(slope, mean));
    gamma.write(tf.broadcastTo(slope, gamma.shape as number[]));
    beta.write(tf.broadcastTo(offset, beta.shape as number[]));
    if (!isFrozen(norm)) setStatistics(norm, columns(z));
    const left = tf.sum(tf.square(tf.sub(tf.add(tf.mul(normalized, slope), offset), aim)));
    return tf.divNoNan(left, tf.sum(tf.square(tf.sub(aim, aimMean))));
  });
  const value = share.dataSync()[0] ?? NaN;
  share.dispose();
  return value;
}

function setStatistics(norm: ChannelNorm, z: tf.Tensor2D): void {
  const mean = tf.mean(z, 0);
  const variance = tf.mean(tf.square(tf.sub(z, mean)), 0);
  const deviation = tf.sqrt(tf.add(variance, norm.epsilon));
  const statistics = {
    movingMean: mean,
    movingVariance: variance,
    movingDeviation: deviation,
    movingSecondMoment: tf.mean(tf.square(z), 0),
  };
  for (const [name, value] of Object.entries(statistics)) {
    const weight = weightOf(norm, name);
    weight?.write(tf.broadcastTo(value, weight.shape as number[]));
  }
}

/**
 * Fits the normalizations that `importWeights` named to `images`, [N, H, W, 3] prepared as for training; a few are enough,
 * and batch normalization wants more than one. Costs about half a forward pass for every normalization, once.
 *
 * @returns The layers in order, with what remains different.
 */
export function fitNorms(
  model: tfl.LayersModel,
  { wanted }: Pick<ImportResult, 'wanted'>,
  images: tf.Tensor4D,
): FittedNorm[] {
  const fitted: FittedNorm[] = [];
  for (const layer of model.layers) {
    const aim = wanted.get(layer.name);
    if (aim === undefined || !(layer instanceof ChannelNorm) || layer instanceof BatchChannelNorm) continue;
    // Kalman normalization is also given the moments that predict.
    const before = tfl.model({ inputs: model.inputs, outputs: layer.input });
    const unexplained = tf.tidy(() => {
      const inputs = [before.apply(images) as tf.Tensor | tf.Tensor[]].flat();
      return fitNorm(layer, inputs, aim) as unknown as tf.Tensor;
    }) as unknown as number;
    fitted.push({ layer: layer.name, unexplained });
  }
  return fitted;
}
