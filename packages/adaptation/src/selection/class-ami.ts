// ClassAMI: whether the classes given to the target are the groups its features fall into: the adjusted mutual information of
// predicted classes and k-means' clusters, as many as there are classes. Musgrave, Belongie and Lim 2022, "Three New Validators and a
// Large-Scale Benchmark Ranking for Unsupervised Domain Adaptation", arXiv:2208.07360.

import { kmeans } from 'ml-kmeans';
import { countSketch } from '../analysis/count-sketch.ts';
import { predictedClasses } from '../analysis/probabilities.ts';
import { rowsAt } from '../analysis/rows.ts';
import { sampled } from '../analysis/seeded-random.ts';
import { row, type Answers } from '../matrix.ts';
import { adjustedMutualInformation } from './mutual-information.ts';

const mostImages = 1000;
const mostFeatures = 256;
const starts = 3;
const maxIterations = 50;

/**
 * At most 1, of at most 1000 images that the seed chooses, more than 256 features sketched to as many; the tightest of three k-means
 * from seeded k-means++ starts counts.
 */
export function classAmiScore({ features, logits }: Answers, seed: number): number {
  const chosen = sampled(features.rows, mostImages, seed);
  const points = countSketch(rowsAt(features, chosen), mostFeatures, seed);
  const vectors = Array.from({ length: points.rows }, (_, i) => [...row(points, i)]);
  const count = Math.min(logits.columns, points.rows);
  const results = Array.from({ length: starts }, (_, start) => {
    const { clusters, centroids } = kmeans(vectors, count, { seed: seed + start, maxIterations });
    return { clusters, spread: spreadOf(vectors, clusters, centroids) };
  });
  const tightest = results.reduce((best, other) => (other.spread < best.spread ? other : best));
  return adjustedMutualInformation(predictedClasses(rowsAt(logits, chosen)), tightest.clusters);
}

/** The sum of squared distances to the centres. */
function spreadOf(
  vectors: readonly number[][],
  clusters: readonly number[],
  centroids: readonly number[][],
): number {
  let sum = 0;
  vectors.forEach((vector, i) => {
    const centre = centroids[clusters[i] as number] as number[];
    for (let j = 0; j < vector.length; j++) sum += ((vector[j] as number) - (centre[j] as number)) ** 2;
  });
  return sum;
}
