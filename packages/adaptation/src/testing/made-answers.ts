// Answers made for tests.

import { matrix, type Answers, type Matrix } from '../matrix.ts';
import { seededRandom } from '../analysis/seeded-random.ts';

/** value(i, j) at row i and column j. */
export const madeMatrix = (rows: number, columns: number, value: (i: number, j: number) => number): Matrix =>
  matrix(
    rows,
    columns,
    Float32Array.from({ length: rows * columns }, (_, at) => value(Math.floor(at / columns), at % columns)),
  );

/** g_t = cos(0.9 (3 i + k)): the target's logits [4, 3] that the golden values are of. */
export const goldenLogits = madeMatrix(4, 3, (i, k) => Math.cos(0.9 * (3 * i + k)));

/**
 * n images of three classes in turn: features [n, 6] around a centre of their class, `shift` away along the first feature, and logits [n, 3]
 * that are right with margin `sureness` up to their noise.
 */
export function madeAnswers(
  n: number,
  { shift = 0, sureness = 4, noise = 1, seed = 1 } = {},
): Answers & { labels: Int32Array } {
  const random = seededRandom(seed);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  return {
    labels,
    features: madeMatrix(n, 6, (i, j) => (i % 3 === j % 3 ? 2 : 0) + (j === 0 ? shift : 0) + random() - 0.5),
    logits: madeMatrix(n, 3, (i, k) => (i % 3 === k ? sureness : 0) + noise * (random() - 0.5)),
  };
}
