import { parseRecipe, type Recipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import type { OutputStride } from '../resnet.ts';
import { undrawn } from './undrawn.ts';

/**
 * Expects the same weights at output stride 8, 16 and 32 to give the same features at the positions they share (the test
 * of TensorFlow's deeplab2).
 */
export function expectAtrousConsistency(
  build: (outputStride: OutputStride, recipe: Recipe) => tfl.LayersModel,
): void {
  const image = tf.randomNormal([1, 65, 65, 3], 0, 1, 'float32', 5);
  const coarse = build(32, parseRecipe('bn'));
  const wanted = coarse.predict(image) as tf.Tensor;
  const largest = tf.max(tf.abs(wanted)).dataSync()[0] ?? NaN;
  expect(largest).toBeGreaterThan(0);
  for (const outputStride of [16, 8] as const) {
    const fine = build(outputStride, undrawn(parseRecipe('bn')));
    fine.setWeights(coarse.getWeights());
    const step = 32 / outputStride;
    const features = fine.predict(image) as tf.Tensor4D;
    const shared = tf.stridedSlice(features, [0, 0, 0, 0], features.shape, [1, step, step, 1]);
    const worst = tf.max(tf.abs(tf.sub(shared, wanted))).dataSync()[0];
    expect(worst, `output stride ${outputStride}`).toBeLessThan(1e-3 * largest);
  }
}
