// Sure of each image, and of many classes over all images: the mutual information of image and answer,
//
//   H(mean_i p_i) − mean_i H(p_i),   p [n, K] the softmax of the target's logits
//
// Shi and Sha 2012, "Information-Theoretical Learning of Discriminative Clusters for Unsupervised Domain Adaptation",
// arXiv:1206.6438. It prefers classes of equal frequency.

import { entropy, softmax } from '../analysis/probabilities.ts';
import type { Matrix } from '../matrix.ts';
import { meanEntropy } from './target-entropy.ts';

/** In [0, log K]. */
export function informationMaximizationScore(targetLogits: Matrix): number {
  const { rows, columns, data } = softmax(targetLogits);
  const mean = new Float64Array(columns);
  for (let i = 0; i < data.length; i++)
    mean[i % columns] = (mean[i % columns] as number) + (data[i] as number) / rows;
  return entropy(mean) - meanEntropy({ rows, columns, data });
}
