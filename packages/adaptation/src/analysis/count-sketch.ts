// Wide features made narrow: each column is added, with a random sign, to one of the result's columns,
//
//   y_m = Σ_{j: h(j) = m} s_j x_j,   h(j) in 0…M − 1 and s_j in {−1, 1} at random,
//
// which keeps inner products and distances in expectation. Weinberger, Dasgupta, Langford, Smola and Attenberg 2009, "Feature Hashing
// for Large Scale Multitask Learning", arXiv:0902.2206. It costs one pass, where a principal component analysis of the 2048
// features of a ResNet-50 would cost more than what is done with the result.

import { matrix, type Matrix } from '../matrix.ts';
import { seededRandom } from './seeded-random.ts';

/** [n, `most`], or the features themselves if they are no wider; the same seed treats features of one width alike. */
export function countSketch(features: Matrix, most: number, seed: number): Matrix {
  const { rows, columns, data } = features;
  if (columns <= most) return features;
  const random = seededRandom(seed);
  const bucket = Int32Array.from({ length: columns }, () => Math.floor(random() * most));
  const sign = Int8Array.from({ length: columns }, () => (random() < 0.5 ? -1 : 1));
  const result = matrix(rows, most, new Float32Array(rows * most));
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const place = i * most + (bucket[j] as number);
      result.data[place] =
        (result.data[place] as number) + (sign[j] as number) * (data[i * columns + j] as number);
    }
  return result;
}
