// The nuclear norm of the answers: large where they are sure and of many classes,
//
//   ‖P‖_* / n = Σ σ(P) / n = Σ √λ(PᵀP) / n,   P [n, K] the softmax of the target's logits
//
// Cui, Wang, Zhuo, Li, Huang and Tian 2020, "Towards Discriminability and Diversity: Batch Nuclear-norm Maximization under Label
// Insufficient Situations", arXiv:2003.12237, whose loss is its negative.

import { EigenvalueDecomposition, Matrix as Dense } from 'ml-matrix';
import { softmax } from '../analysis/probabilities.ts';
import { row, type Matrix } from '../matrix.ts';

/** In (0, √(min(n, K) / n)]: to compare only over the same number of images. */
export function nuclearNormScore(targetLogits: Matrix): number {
  const probabilities = softmax(targetLogits);
  const { rows, columns } = probabilities;
  const gram = Dense.zeros(columns, columns);
  for (let i = 0; i < rows; i++) {
    const p = row(probabilities, i);
    for (let a = 0; a < columns; a++)
      for (let b = 0; b <= a; b++) gram.set(a, b, gram.get(a, b) + (p[a] as number) * (p[b] as number));
  }
  for (let a = 0; a < columns; a++) for (let b = 0; b < a; b++) gram.set(b, a, gram.get(a, b));
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  // Rounding makes a zero eigenvalue slightly negative.
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0) / rows;
}
