// What the layers with moments share: an input that is x, or x with its moments.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Moments } from './moments.ts';

/** x and its moments, where there are any. */
export interface WithMoments<X, M> {
  readonly x: X;
  readonly moments: M | null;
}

function pairOf<T>(values: readonly T[], layer: tfl.layers.Layer): [x: T, moments: T | null] {
  const [x, moments, ...more] = values;
  if (x !== undefined && more.length === 0) return [x, moments ?? null];
  throw new Error(
    `${layer.getClassName()} "${layer.name}" got ${values.length} inputs: give it x, or [x, moments].`,
  );
}

/** The tensors `layer` was called with. */
export function tensorsWithMoments(
  inputs: tf.Tensor | tf.Tensor[],
  layer: tfl.layers.Layer,
): WithMoments<tf.Tensor, Moments> {
  const [x, moments] = pairOf(Array.isArray(inputs) ? inputs : [inputs], layer);
  return { x, moments: moments as Moments | null };
}

/** The shapes `layer` is built with or asked about. */
export function shapesWithMoments(
  inputShape: tfl.Shape | tfl.Shape[],
  layer: tfl.layers.Layer,
): WithMoments<tfl.Shape, tfl.Shape> {
  const shapes = Array.isArray(inputShape[0]) ? (inputShape as tfl.Shape[]) : [inputShape as tfl.Shape];
  const [x, moments] = pairOf(shapes, layer);
  return { x, moments };
}

/** What an input of moments over `channels` channels must look like. */
export const momentSpec = (channels: number): tfl.InputSpec =>
  new tfl.InputSpec({ ndim: 3, axes: { 1: 2, 2: channels } });

/** A prediction rate p that is not one is refused, in the name of the layer. */
export function checkedRate(rate: number, layer: tfl.layers.Layer): number {
  if (rate >= 0 && rate <= 1) return rate;
  throw new Error(
    `${layer.getClassName()} "${layer.name}" got predictionRate ${rate}: use a number from 0 (no prediction) to 1.`,
  );
}
