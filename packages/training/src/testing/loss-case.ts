// A batch of two small images for the tests of losses, and what those tests compare in float64.

import * as tf from '@tensorflow/tfjs-core';
import { comparableBackends, withBackend } from '@plumbline/test-support';
import type { PixelLoss } from '../losses/pixels.ts';

export type LossFunction = (logits: tf.Tensor4D, labels: tf.Tensor3D) => PixelLoss;

export const CLASSES = 4;
export const SHAPE: [number, number, number] = [2, 3, 4];
/** Two images of 3×4; 255 is void, and no pixel is of class 3. */
export const LABELS = [0, 1, 255, 2, 2, 0, 255, 1, 1, 2, 0, 255, 0, 0, 0, 255, 1, 0, 0, 2, 255, 255, 0, 1];
/** Rows of logits, spread so that pixels are neither all easy nor all hard. */
export const LOGITS = Array.from({ length: LABELS.length }, (_, p) =>
  Array.from({ length: CLASSES }, (_unused, c) => 3 * Math.sin(1.7 * p + 2.9 * c + 0.11 * p * c)),
);
/** Another image on its own: nothing but void. */
export const ALL_VOID = LABELS.map(() => 255);

export const logitsTensor = (rows: readonly number[][] = LOGITS): tf.Tensor4D =>
  tf.tensor4d(rows.flat(), [...SHAPE, CLASSES]);
export const labelsTensor = (labels: readonly number[] = LABELS): tf.Tensor3D =>
  tf.tensor3d([...labels], SHAPE, 'int32');

/** softmax of a row of logits, in float64. */
export function softmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

export interface ReferencePixel {
  label: number;
  /** Probability of every class. */
  s: number[];
  /** −log of the true class's. */
  loss: number;
}

/** The valid pixels of the case, in float64. */
export function referencePixels(
  labels: readonly number[] = LABELS,
  rows: readonly number[][] = LOGITS,
): ReferencePixel[] {
  return labels.flatMap((label, p) => {
    if (label === 255) return [];
    const s = softmax(rows[p] ?? []);
    return [{ label, s, loss: -Math.log(s[label] ?? NaN) }];
  });
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

export interface LossValues {
  loss: number;
  weight: number;
  /** [N·H·W·K] */
  gradient: number[];
}

/** The loss and its gradient on `backend`. */
export function lossValues(
  of: LossFunction,
  labels: readonly number[] = LABELS,
  rows: readonly number[][] = LOGITS,
  backend = tf.getBackend(),
): Promise<LossValues> {
  return withBackend(backend, () =>
    tf.tidy(() => {
      const truth = labelsTensor(labels);
      const logits = logitsTensor(rows);
      const { weight } = of(logits, truth);
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => of(x as tf.Tensor4D, truth).loss)(logits);
      return {
        loss: value.dataSync()[0] ?? NaN,
        weight: weight.dataSync()[0] ?? NaN,
        gradient: [...grad.dataSync()],
      };
    }),
  );
}

export const BACKENDS = comparableBackends();

/** The largest difference between the gradients of two losses. */
export const gradientDistance = (a: LossValues, b: LossValues): number =>
  Math.max(...a.gradient.map((value, i) => Math.abs(value - (b.gradient[i] ?? NaN))));

/** How many tensors 20 training-like steps of the loss leave behind. */
export function leftBehind(of: LossFunction): number {
  const logits = logitsTensor();
  const labels = labelsTensor();
  const step = (): void => {
    const { value, grads } = tf.valueAndGrads(((x: tf.Tensor4D) => of(x, labels).loss) as never)([logits]);
    tf.dispose([value, grads]);
  };
  step();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 20; i++) step();
  return tf.memory().numTensors - before;
}
