// How well the borders of regions are met: the boundary F-score of semantic segmentation.
//
// G. Csurka, D. Larlus, F. Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC 2013.
// For one image and class c, with B the truth's boundary pixels of c and B̂ the prediction's, and θ a share of the image's
// diagonal:
//   precision = |{b ∈ B̂ : dist(b, B) ≤ θ}| / |B̂|    recall = |{b ∈ B : dist(b, B̂) ≤ θ}| / |B|    F = 2PR / (P + R)
//
// Where authors differ, here:
// - a boundary pixel of c is a pixel of c with a neighbour above, below, left or right that is not c; the frame of the
//   image is no boundary; distances are Euclidean, and θ is not rounded;
// - void pixels of the truth belong to no class, in the truth as in the prediction: what is predicted there has no effect;
// - F is 0 when only one of the two has a boundary, undefined (null) when neither has, and then left out of every mean;
// - the score of an image is the mean over its classes, and the score of a data set the mean over its images: a class's
//   own score is the mean over the images where it is defined.

import { squaredDistances } from './distance-transform.ts';

/** θ of Csurka et al., as a share of the image's diagonal: 4.7 pixels of an image of 500×375. */
export const BOUNDARY_TOLERANCE = 0.0075;

export interface BoundaryOptions {
  /** Size of the image, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly classes: number;
  /** The truth's value of pixels that do not count. Default 255. */
  readonly ignoreLabel?: number;
  /** Largest distance of two boundaries that match, as a share of the image's diagonal. Default 0.0075. */
  readonly tolerance?: number;
}

/**
 * The boundary F-score of each class in one image, in [0, 1]; null for a class without a boundary in truth and prediction.
 *
 * @param truth class indices, row-major [height, width]; so is `prediction`.
 * @throws on lengths other than height·width, and on a tolerance that is not a positive number.
 */
export function boundaryScore(
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { width, height, classes, ignoreLabel = 255, tolerance = BOUNDARY_TOLERANCE }: BoundaryOptions,
): (number | null)[] {
  if (truth.length !== width * height || prediction.length !== width * height)
    throw new Error(
      `A boundary score of a ${width}×${height} image needs ${width * height} pixels of truth and prediction, got ${truth.length} and ${prediction.length}: resize the prediction to the truth's size first.`,
    );
  requireTolerance(tolerance);
  const reach = tolerance * Math.hypot(width, height);
  const valid = Int32Array.from(truth, (label, i) =>
    label === ignoreLabel ? ignoreLabel : (prediction[i] as number),
  );
  return Array.from({ length: classes }, (_, label) =>
    matchScore(
      boundaryOf(truth, label, width, height),
      boundaryOf(valid, label, width, height),
      { width, height },
      reach,
    ),
  );
}

function requireTolerance(tolerance: number): void {
  if (!(tolerance > 0 && Number.isFinite(tolerance)))
    throw new Error(
      `The tolerance of a boundary score must be a positive share of the image's diagonal, such as ${BOUNDARY_TOLERANCE}, and got ${tolerance}.`,
    );
}

interface Boundary {
  /** 1 on the boundary, else 0. */
  readonly marked: Uint8Array;
  readonly pixels: number;
}

function boundaryOf(labels: ArrayLike<number>, label: number, width: number, height: number): Boundary {
  const marked = new Uint8Array(width * height);
  let pixels = 0;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (labels[i] !== label) continue;
      const isBoundary =
        (x > 0 && labels[i - 1] !== label) ||
        (x < width - 1 && labels[i + 1] !== label) ||
        (y > 0 && labels[i - width] !== label) ||
        (y < height - 1 && labels[i + width] !== label);
      if (!isBoundary) continue;
      marked[i] = 1;
      pixels++;
    }
  return { marked, pixels };
}

function matchScore(
  truth: Boundary,
  prediction: Boundary,
  size: { readonly width: number; readonly height: number },
  reach: number,
): number | null {
  if (truth.pixels === 0 && prediction.pixels === 0) return null;
  if (truth.pixels === 0 || prediction.pixels === 0) return 0;
  const precision = shareNear(prediction, truth, size, reach);
  const recall = shareNear(truth, prediction, size, reach);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** The share of a boundary's pixels that lie at most `reach` from another boundary. */
function shareNear(
  boundary: Boundary,
  other: Boundary,
  size: { readonly width: number; readonly height: number },
  reach: number,
): number {
  const squared = squaredDistances(other.marked, size);
  let near = 0;
  boundary.marked.forEach((isBoundary, i) => {
    if (isBoundary === 1 && (squared[i] as number) <= reach * reach) near++;
  });
  return near / boundary.pixels;
}

export interface BoundarySummary {
  /** Mean over images of the mean over an image's classes; null if no image had a boundary. */
  boundaryF: number | null;
  /** Mean over the images where the class has a boundary in truth or prediction. */
  perClassBoundaryF: (number | null)[];
  /** Share of the image's diagonal. */
  boundaryTolerance: number;
  /** Images that had a boundary. */
  boundaryImages: number;
}

/** The boundary F-score of a data set, image by image; nothing of an image is kept. */
export class BoundaryScores {
  readonly classes: number;
  readonly ignoreLabel: number;
  readonly tolerance: number;
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;
  private sum = 0;
  private images = 0;

  /**
   * @param ignoreLabel the truth's value of pixels that do not count. Default 255.
   * @param tolerance largest distance of two boundaries that match, as a share of the diagonal. Default 0.0075.
   */
  constructor(classes: number, ignoreLabel = 255, tolerance = BOUNDARY_TOLERANCE) {
    requireTolerance(tolerance);
    this.classes = classes;
    this.ignoreLabel = ignoreLabel;
    this.tolerance = tolerance;
    this.sums = new Float64Array(classes);
    this.counts = new Float64Array(classes);
  }

  /** Adds one image. */
  add(
    truth: ArrayLike<number>,
    prediction: ArrayLike<number>,
    { width, height }: { readonly width: number; readonly height: number },
  ): void {
    const { classes, ignoreLabel, tolerance } = this;
    const scores = boundaryScore(truth, prediction, { width, height, classes, ignoreLabel, tolerance });
    let sum = 0;
    let count = 0;
    scores.forEach((score, label) => {
      if (score === null) return;
      this.sums[label] = (this.sums[label] as number) + score;
      this.counts[label] = (this.counts[label] as number) + 1;
      sum += score;
      count++;
    });
    if (count === 0) return;
    this.sum += sum / count;
    this.images++;
  }

  summary(): BoundarySummary {
    return {
      boundaryF: this.images > 0 ? this.sum / this.images : null,
      perClassBoundaryF: Array.from(this.sums, (sum, label) => {
        const count = this.counts[label] as number;
        return count > 0 ? sum / count : null;
      }),
      boundaryTolerance: this.tolerance,
      boundaryImages: this.images,
    };
  }
}
