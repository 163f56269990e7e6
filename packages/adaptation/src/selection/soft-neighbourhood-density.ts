// Soft neighbourhood density: whether each target image has many equally near neighbours among the answers,
//
//   s_ij = p_i·p_j / (‖p_i‖ ‖p_j‖),   q_i = softmax_{j≠i}(s_ij / 0.05),   mean_i H(q_i)
//
// with p [n, K] the softmax of the target's logits. Saito, Kim, Teterwak, Sclaroff, Darrell and Saenko 2021, "Tune it the Right
// Way: Unsupervised Validation of Domain Adaptation via Soft Neighborhood Density", arXiv:2108.10860.

import { softmax } from '../analysis/probabilities.ts';
import { rowsAt } from '../analysis/rows.ts';
import { sampled } from '../analysis/seeded-random.ts';
import { row, type Matrix } from '../matrix.ts';

const temperature = 0.05;
/** The work grows with the square; a sample of the same size at every evaluation keeps their scores comparable. */
const mostImages = 2000;

/** In [0, log(n − 1)], n at most 2000 images that the seed chooses; 0 for a single image. */
export function softNeighbourhoodDensity(targetLogits: Matrix, seed: number): number {
  const directions = softmax(rowsAt(targetLogits, sampled(targetLogits.rows, mostImages, seed)));
  const n = directions.rows;
  if (n < 2) return 0;
  for (let i = 0; i < n; i++) {
    const p = row(directions, i);
    const length = Math.hypot(...p);
    for (let k = 0; k < p.length; k++) p[k] = (p[k] as number) / length;
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum += neighbourEntropy(directions, i);
  return sum / n;
}

/** H(q) = log Z − Σ q x for q = e^x / Z, in one pass: no similarity exceeds 1, so x − 1/T never overflows. */
function neighbourEntropy(directions: Matrix, image: number): number {
  const { rows, columns, data } = directions;
  const own = image * columns;
  let z = 0;
  let weighted = 0;
  for (let j = 0; j < rows; j++) {
    if (j === image) continue;
    let similarity = 0;
    for (let k = 0; k < columns; k++)
      similarity += (data[own + k] as number) * (data[j * columns + k] as number);
    const x = (similarity - 1) / temperature;
    const e = Math.exp(x);
    z += e;
    weighted += e * x;
  }
  return Math.log(z) - weighted / z;
}
