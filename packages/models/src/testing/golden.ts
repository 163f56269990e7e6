import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** What another implementation computes: every `step`-th value, counted over [1, h, w, C]. */
export interface Golden {
  /** [1, h, w, C]. */
  readonly shape: readonly number[];
  readonly step: number;
  readonly values: readonly number[];
}

/** The largest deviation of `features` from the values. */
export function largestDeviation(features: tf.Tensor, { shape, step, values }: Golden): number {
  expect(features.shape).toEqual(shape);
  const got = features.dataSync().filter((_, i) => i % step === 0);
  expect(got).toHaveLength(values.length);
  return Math.max(...values.map((value, i) => Math.abs(value - (got[i] ?? NaN))));
}
