// What answers on the host say: probabilities, predicted classes, and how right and how sure they are.

import { matrix, row, type Matrix } from '../matrix.ts';

/** p_k = exp(g_k) / Σ_j exp(g_j) of each row of the logits [n, K]. */
export function softmax(logits: Matrix): Matrix {
  const result = matrix(logits.rows, logits.columns, new Float32Array(logits.data.length));
  for (let i = 0; i < logits.rows; i++) {
    const [from, to] = [row(logits, i), row(result, i)];
    const highest = from.reduce((most, value) => Math.max(most, value), -Infinity);
    let sum = 0;
    for (const value of from) sum += Math.exp(value - highest);
    for (let k = 0; k < to.length; k++) to[k] = Math.exp((from[k] as number) - highest) / sum;
  }
  return result;
}

/** The class of the highest logit of each row, the first of equal ones: int32 [n]. */
export function predictedClasses(logits: Matrix): Int32Array {
  return Int32Array.from({ length: logits.rows }, (_, i) => {
    const values = row(logits, i);
    let best = 0;
    for (let k = 1; k < values.length; k++) if ((values[k] as number) > (values[best] as number)) best = k;
    return best;
  });
}

/**
 * The share of rows whose highest logit is the label's.
 *
 * @throws if there is not one label for each row, or no row.
 */
export function accuracy(logits: Matrix, labels: Int32Array): number {
  requireLabels(logits, labels);
  const hits = predictedClasses(logits).filter((prediction, i) => prediction === labels[i]);
  return hits.length / labels.length;
}

/**
 * −log p of the label of each row: float64 [n].
 *
 * @throws if there is not one label for each row, or no row, or a label is no class.
 */
export function crossEntropies(logits: Matrix, labels: Int32Array): Float64Array {
  requireLabels(logits, labels);
  return Float64Array.from({ length: logits.rows }, (_, i) => {
    const values = row(logits, i);
    const ofLabel = values[labels[i] as number];
    if (ofLabel === undefined) {
      throw new Error(
        `Image ${i} has the label ${labels[i]}, and the logits are of ${logits.columns} classes: labels are 0…${logits.columns - 1}.`,
      );
    }
    const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
    return highest - ofLabel + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  });
}

/** H(p) = −Σ_k p_k log p_k in nats; 0 · log 0 is 0. */
export const entropy = (probabilities: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < probabilities.length; k++) {
    const p = probabilities[k] as number;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
};

function requireLabels(logits: Matrix, labels: Int32Array): void {
  if (logits.rows === labels.length && labels.length > 0) return;
  throw new Error(
    `Got ${labels.length} labels for the logits of ${logits.rows} images: give one label for each image, and at least one image.`,
  );
}
