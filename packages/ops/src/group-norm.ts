/**
 * Group normalization: every sample by itself, channels in groups.
 *
 *   y = gamma · (x − mean) / sqrt(variance + epsilon) + beta,   mean and biased variance per sample and group, over H, W
 *   and the C/groups channels of the group
 *
 * Wu and He, 2018, arXiv 1803.08494. One group is layer normalization, C groups are instance normalization. Backward,
 * with g = dy · gamma, x̂ the normalized input, and means over the same axes as the statistics:
 *
 *   dx = (g − mean(g) − x̂ · mean(g · x̂)) / sqrt(variance + epsilon),   dgamma = Σ dy · x̂,   dbeta = Σ dy
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  requireEpsilon,
  requireFloat,
  requireLength,
  requirePositiveInteger,
  requireRank,
} from './checks.ts';
import { attributes, nativeBackend, type NativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';
import { portableNorm } from './portable-norm.ts';

const binary = (
  native: NativeBackend,
  name: 'AddV2' | 'Mul' | 'Sub' | 'SquaredDifference',
  a: tf.Tensor,
  b: tf.Tensor,
) => native.executeSingleOutput(name, attributes(native, { T: { type: 'float32' } }), [a, b]);

/** Sums over the pixels of [N, H, W, C], as [N, C]. */
function pixelSums(native: NativeBackend, x: tf.Tensor): tf.Tensor {
  const [n = 1, h = 1, w = 1, c = 1] = x.shape;
  if (n > 1) return tf.sum(tf.reshape(x, [n, h * w, c]), 1);
  // The bias gradient is TensorFlow's fastest sum over all axes but the last; a general Sum takes three times as long.
  const options = attributes(native, { T: { type: 'float32' }, data_format: 'NHWC' });
  return tf.reshape(native.executeSingleOutput('BiasAddGrad', options, [x]), [1, c]);
}

/** Sums of `v` [N, C] over each group of channels, times `factor`, given to every channel of the group: [N, C]. */
function overGroups(v: tf.Tensor, groups: number, factor: number): tf.Tensor {
  const [n = 1, c = 1] = v.shape;
  const members = c / groups;
  const sums = tf.sum(tf.reshape(v, [n, groups, members]), 2, true);
  return tf.reshape(tf.mul(sums, tf.tensor1d(new Float32Array(members).fill(factor))), [n, c]);
}

/** Applies `f` to a temporary map and frees it at once: the next map then lies in memory that is still cached. */
function consume(temporary: tf.Tensor, f: (t: tf.Tensor) => tf.Tensor): tf.Tensor {
  const result = f(temporary);
  temporary.dispose();
  return result;
}

// Statistics stay [N, C], one value per channel, so every full map is touched by plain multiply-adds only, which
// TensorFlow runs on all threads; reductions over a [.., groups, C/groups] view are several times slower.
const nativeGroupNorm = defineNativeKernel<'x' | 'gamma' | 'beta', { groups: number; epsilon: number }>({
  name: 'PlumblineGroupNorm',
  savedInputs: ['x', 'gamma'],
  savedOutputs: [false, true, true],
  forward: (native, { x, gamma, beta }, { groups, epsilon }) => {
    const [n = 1, h = 1, w = 1, c = 1] = x.shape;
    const perPixel = (v: tf.Tensor): tf.Tensor => tf.reshape(v, [n, 1, 1, c]);
    const share = groups / (h * w * c);
    const mean = overGroups(pixelSums(native, x), groups, share);
    const squares = consume(binary(native, 'SquaredDifference', x, perPixel(mean)), (d) =>
      pixelSums(native, d),
    );
    const inverse = tf.rsqrt(tf.add(overGroups(squares, groups, share), epsilon));
    const scale = tf.mul(inverse, gamma);
    const shift = tf.sub(beta, tf.mul(mean, scale));
    const y = consume(binary(native, 'Mul', x, perPixel(scale)), (scaled) =>
      binary(native, 'AddV2', scaled, perPixel(shift)),
    );
    return [y, mean, inverse];
  },
  gradient: (native, dys, saved, { groups }) => {
    const [dy, x, gamma] = [at(dys, 0), at(saved, 0), at(saved, 1)];
    const [mean, inverse] = [at(saved, 2), at(saved, 3)];
    const [n = 1, h = 1, w = 1, c = 1] = x.shape;
    const perPixel = (v: tf.Tensor): tf.Tensor => tf.reshape(v, [n, 1, 1, c]);
    const share = groups / (h * w * c);
    const sums = tf.tidy(() => {
      const plain = pixelSums(native, dy);
      const product = consume(binary(native, 'Mul', dy, x), (p) => pixelSums(native, p));
      return { plain, normalized: tf.mul(tf.sub(product, tf.mul(plain, mean)), inverse) };
    });
    const dx = tf.tidy(() => {
      // dx = a · dy + b · x + d, with one a, b and d per sample and channel.
      const a = tf.mul(inverse, gamma);
      const slope = overGroups(tf.mul(sums.normalized, gamma), groups, -share);
      const b = tf.mul(tf.mul(slope, inverse), inverse);
      const level = tf.mul(overGroups(tf.mul(sums.plain, gamma), groups, -share), inverse);
      const d = tf.sub(level, tf.mul(b, mean));
      const affine = consume(binary(native, 'Mul', x, perPixel(b)), (t) =>
        binary(native, 'AddV2', t, perPixel(d)),
      );
      const direct = binary(native, 'Mul', dy, perPixel(a));
      return binary(native, 'AddV2', affine, direct);
    });
    return {
      x: () => dx,
      gamma: () => tf.sum(sums.normalized, 0),
      beta: () => tf.sum(sums.plain, 0),
    };
  },
});

/** The same on plain TensorFlow.js operations. */
const portableGroupNorm = (
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
  epsilon: number,
): tf.Tensor4D =>
  portableNorm(x, gamma, beta, epsilon, (values) => overGroups(values, groups, groups / gamma.size)).y;

/**
 * Normalizes `x` [N, H, W, C] within each sample and each of `groups` groups of neighbouring channels, then scales by
 * `gamma` [C] and shifts by `beta` [C].
 *
 * @throws if `groups` does not divide C, or a shape or type does not fit.
 */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
  epsilon: number,
): tf.Tensor4D {
  requireRank('groupNorm', 'x', x, 4, '[N, H, W, C]');
  requireFloat('groupNorm', 'x', x);
  const channels = x.shape[3];
  requireLength('groupNorm', 'gamma', gamma, channels, 'one scale per channel of x');
  requireLength('groupNorm', 'beta', beta, channels, 'one shift per channel of x');
  requireEpsilon('groupNorm', epsilon);
  requirePositiveInteger('groupNorm', 'groups', groups);
  if (channels % groups !== 0) {
    throw new Error(
      `groupNorm: got ${channels} channels and ${groups} groups; choose a number of groups that divides the channels.`,
    );
  }
  return tf.tidy(() =>
    nativeBackend() === null
      ? portableGroupNorm(x, gamma, beta, groups, epsilon)
      : (at(nativeGroupNorm({ x, gamma, beta }, { groups, epsilon }), 0) as tf.Tensor4D),
  );
}
