// Pseudo-labels from class centroids: a target image is of the class whose images, as predicted, lie nearest in direction.
//
// Liang, Hu, Feng: "Do We Really Need to Access the Source Data? Source Hypothesis Transfer for Unsupervised Domain
// Adaptation", 2020, arXiv 2002.08546, section 3.3, with the 1 its code appends to the features.
//
//   x_i = [f_i; 1] / ‖[f_i; 1]‖
//   c_k = Σ_i p_i[k] x_i / Σ_i p_i[k]             soft centroids, of classes that some image is predicted to be of
//   ŷ_i = argmax_k cos(x_i, c_k)
//   once more with the centroids of the hard labels, c_k = Σ_i [ŷ_i = k] x_i
//
// A class that nobody is predicted to be of has no centroid, and gets no image.

import { predictedClasses, softmax } from '../analysis/probabilities.ts';
import { requireFinite } from '../analysis/rows.ts';
import { row, type Answers, type Matrix } from '../matrix.ts';

/**
 * The pseudo-labels of all n images, class indices.
 *
 * @param leastMembers how many images must be predicted to be of a class for it to have a centroid. Default 1.
 * @throws DivergedError if features or logits are not finite; an error if no class has so many images.
 */
export function centroidPseudoLabels({ features, logits }: Answers, leastMembers = 1): Int32Array {
  const { rows: count, columns: classCount } = logits;
  requireFinite('target features', features);
  requireFinite('target logits', logits);
  const directions = unitDirections(features);
  const members = counts(predictedClasses(logits), classCount);
  const classes = Array.from(members.keys()).filter((k) => (members[k] ?? 0) >= leastMembers);
  if (count === 0 || classes.length === 0) {
    throw new Error(
      `Pseudo-labels were asked of ${count} target images, and no class is predicted for ${leastMembers} or more of them: ` +
        `give more images, or ask for fewer members of a class.`,
    );
  }
  const soft = softmax(logits);
  const first = nearest(directions, classes, (i, k) => soft.data[i * classCount + k] ?? 0);
  const kept = counts(first, classCount);
  return nearest(
    directions,
    classes.filter((k) => (kept[k] ?? 0) > 0),
    (i, k) => (first[i] === k ? 1 : 0),
  );
}

/** [f; 1] of each row, divided by its length. */
const unitDirections = (features: Matrix): Float64Array[] =>
  Array.from({ length: features.rows }, (_, i) => unit(Float64Array.from([...row(features, i), 1])));

/** For each direction the class of `classes` whose centroid, with these weights, makes the smallest angle with it. */
function nearest(
  directions: readonly Float64Array[],
  classes: readonly number[],
  weight: (image: number, classIndex: number) => number,
): Int32Array {
  // The cosine does not see how long a centroid is, so that its weights need not sum to 1.
  const centroids = classes.map((k) => unit(weightedSum(directions, (i) => weight(i, k))));
  return Int32Array.from(directions, (direction) => {
    const cosines = Float64Array.from(centroids, (centroid) => dot(direction, centroid));
    return classes[largest(cosines)] ?? 0;
  });
}

function weightedSum(vectors: readonly Float64Array[], weight: (index: number) => number): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  vectors.forEach((vector, i) => {
    const share = weight(i);
    if (share === 0) return;
    for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] ?? 0) + share * (vector[j] ?? 0);
  });
  return sum;
}

const unit = (vector: Float64Array): Float64Array => {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / Math.max(length, 1e-12));
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0);
  return sum;
};

/** The first place of the largest value. */
const largest = (values: Float64Array): number => {
  let best = 0;
  for (let k = 1; k < values.length; k++) if ((values[k] ?? NaN) > (values[best] ?? NaN)) best = k;
  return best;
};

const counts = (labels: Int32Array, classCount: number): number[] => {
  const found = new Array<number>(classCount).fill(0);
  for (const label of labels) found[label] = (found[label] ?? 0) + 1;
  return found;
};
