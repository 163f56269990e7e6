// The fixed features and logits that golden values of this package's tests are stated for: 4 images a domain, d = K = 3.

import * as tf from '@tensorflow/tfjs-core';

const rows = (count: number, value: (element: number) => number): number[][] =>
  Array.from({ length: count }, (_, i) => [0, 1, 2].map((k) => value(3 * i + k)));

/** The same sequences, in float64, for as many images as wanted. */
export const goldenRows = {
  featuresSource: (count = 4) => rows(count, (e) => Math.sin(1 + e)),
  featuresTarget: (count = 4) => rows(count, (e) => Math.cos(0.5 * e)),
  logitsSource: (count = 4) => rows(count, (e) => Math.sin(0.7 * e)),
  logitsTarget: (count = 4) => rows(count, (e) => Math.cos(0.9 * e)),
  /** Of the second classifier of MDD. */
  adversarialSource: (count = 4) => rows(count, (e) => Math.sin(0.3 * e + 1)),
  adversarialTarget: (count = 4) => rows(count, (e) => Math.cos(0.4 * e + 1)),
};

/** One of them as a tensor [count, 3]. */
export const goldenTensor = (name: keyof typeof goldenRows, count = 4): tf.Tensor2D =>
  tf.tensor2d(goldenRows[name](count));
