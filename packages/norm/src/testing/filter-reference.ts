// Per-filter arithmetic in float64, beside which weight normalizers are checked.

import type * as tf from '@tensorflow/tfjs-core';

/** What a filter's formula gets: its weights, their number, mean, biased and unbiased variance, and its index. */
export interface FilterMoments {
  readonly w: number[];
  readonly n: number;
  readonly mean: number;
  readonly biased: number;
  readonly unbiased: number;
  readonly index: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * The kernel whose every filter is `formula` of the filter, in float64 and the kernel's order of elements. Filters lie
 * behind the leading axes, `filters` of them.
 */
export function mapFilters(
  kernel: tf.Tensor,
  filters: number,
  formula: (filter: FilterMoments) => number[],
): Float64Array {
  const values = kernel.dataSync();
  const n = values.length / filters;
  const result = new Float64Array(values.length);
  for (let index = 0; index < filters; index++) {
    const w = Array.from({ length: n }, (_, i) => values[i * filters + index] ?? NaN);
    const mean = sum(w) / n;
    const biased = sum(w.map((value) => (value - mean) ** 2)) / n;
    formula({ w, n, mean, biased, unbiased: (biased * n) / (n - 1), index }).forEach((value, i) => {
      result[i * filters + index] = value;
    });
  }
  return result;
}

/** The three layouts of kernels, with the axes and the number of their filters. */
export const kernelKinds = [
  { kind: 'convolution [kh, kw, Cin, Cout]', shape: [3, 3, 2, 4], axes: [0, 1, 2], filters: 4 },
  { kind: 'depthwise [kh, kw, C, multiplier]', shape: [3, 3, 4, 2], axes: [0, 1], filters: 8 },
  { kind: 'dense [in, out]', shape: [9, 8], axes: [0], filters: 8 },
] as const;
