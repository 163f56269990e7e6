// How sure the network is of its answers to the target:
//
//   −mean_i H(p_i),   H(p) = −Σ_k p_k log p_k,   p [n, K] the softmax of the target's logits
//
// Morerio, Cavazza and Murino 2018, "Minimal-Entropy Correlation Alignment for Unsupervised Deep Domain Adaptation",
// arXiv:1711.10288. A network that calls everything one class is very sure.

import { entropy, softmax } from '../analysis/probabilities.ts';
import { row, type Matrix } from '../matrix.ts';

/** The mean entropy of the rows of p [n, K], in nats. */
export function meanEntropy(probabilities: Matrix): number {
  let sum = 0;
  for (let i = 0; i < probabilities.rows; i++) sum += entropy(row(probabilities, i));
  return sum / probabilities.rows;
}

/** In [−log K, 0]. */
export const targetEntropyScore = (targetLogits: Matrix): number => -meanEntropy(softmax(targetLogits));
