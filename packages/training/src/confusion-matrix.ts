// Scores of semantic segmentation from one table of pixel counts.
//
// With n_ij the number of pixels of class i predicted as j, t_i = Σ_j n_ij and p_j = Σ_i n_ij:
//   IoU_i = n_ii / (t_i + p_i − n_ii)             mean IoU: over classes with t_i + p_i > 0
//   pixel accuracy = Σ n_ii / Σ t_i               class accuracy_i = n_ii / t_i, mean over classes with t_i > 0
//   frequency-weighted IoU = Σ t_i IoU_i / Σ t_i
// (Long et al. 2015, arXiv:1411.4038; VOC accumulates over all images before dividing, and so does this.)
// A class that neither the truth nor the prediction holds has no IoU: null, left out of the mean.

export interface SegmentationScores {
  /** In [0, 1], as all scores here; null if no valid pixel was added. */
  meanIoU: number | null;
  perClassIoU: (number | null)[];
  pixelAccuracy: number | null;
  meanAccuracy: number | null;
  perClassAccuracy: (number | null)[];
  frequencyWeightedIoU: number | null;
  /** The support of each class: its true pixels. */
  perClassPixels: number[];
  /** Valid pixels counted. */
  pixels: number;
}

export interface SerializedConfusionMatrix {
  classes: number;
  ignoreLabel: number;
  /** Row-major, rows are truth, columns prediction. */
  counts: number[];
}

export class ConfusionMatrix {
  readonly classes: number;
  readonly ignoreLabel: number;
  /** Row-major `[truth, prediction]`; float64 counts exactly to 2^53 pixels. */
  readonly counts: Float64Array;

  /** @param ignoreLabel the truth's value of pixels that do not count. Default 255. */
  constructor(classes: number, ignoreLabel = 255) {
    if (!Number.isInteger(classes) || classes < 1)
      throw new Error(`A confusion matrix needs a whole number of classes, 1 or more, and got ${classes}.`);
    if (ignoreLabel >= 0 && ignoreLabel < classes)
      throw new Error(
        `The ignore label ${ignoreLabel} is also one of the ${classes} classes: choose another.`,
      );
    this.classes = classes;
    this.ignoreLabel = ignoreLabel;
    this.counts = new Float64Array(classes * classes);
  }

  /**
   * Counts the pixels of one image, or of many; truth and prediction in the same order.
   *
   * @param where named in errors, for example the image's id.
   * @throws on different lengths, and on a value outside 0…classes−1 (void excepted); nothing is counted then.
   */
  add(truth: ArrayLike<number>, prediction: ArrayLike<number>, where = 'this image'): void {
    if (truth.length !== prediction.length)
      throw new Error(
        `The truth of ${where} has ${truth.length} pixels and the prediction ${prediction.length}: resize the prediction to the truth's size first.`,
      );
    const { classes, ignoreLabel } = this;
    const added = new Float64Array(classes * classes);
    for (let i = 0; i < truth.length; i++) {
      const t = truth[i] as number;
      if (t === ignoreLabel) continue;
      const p = prediction[i] as number;
      if (!(t >= 0 && t < classes && Number.isInteger(t)))
        throw new Error(
          `The truth of ${where} holds class ${t} at pixel ${i}; allowed are 0…${classes - 1} and ${ignoreLabel} for void.`,
        );
      if (!(p >= 0 && p < classes && Number.isInteger(p)))
        throw new Error(
          `The prediction for ${where} holds class ${p} at pixel ${i}; allowed are 0…${classes - 1}.`,
        );
      const cell = t * classes + p;
      added[cell] = (added[cell] as number) + 1;
    }
    this.addCounts(added);
  }

  /** Adds what another matrix has counted, for example another process's. */
  merge(other: ConfusionMatrix): void {
    if (other.classes !== this.classes)
      throw new Error(`Cannot add a confusion matrix of ${other.classes} classes to one of ${this.classes}.`);
    this.addCounts(other.counts);
  }

  summary(): SegmentationScores {
    const { classes, counts } = this;
    const truths = new Float64Array(classes);
    const predictions = new Float64Array(classes);
    const hits = new Float64Array(classes);
    for (let t = 0; t < classes; t++)
      for (let p = 0; p < classes; p++) {
        const n = counts[t * classes + p] as number;
        truths[t] = (truths[t] as number) + n;
        predictions[p] = (predictions[p] as number) + n;
        if (t === p) hits[t] = n;
      }
    const at = (values: Float64Array, i: number): number => values[i] as number;
    const eachClass = Array.from({ length: classes }, (_, i) => i);
    const perClassIoU = eachClass.map((i) =>
      ratio(at(hits, i), at(truths, i) + at(predictions, i) - at(hits, i)),
    );
    const perClassAccuracy = eachClass.map((i) => ratio(at(hits, i), at(truths, i)));
    const pixels = sum(truths);
    return {
      meanIoU: mean(perClassIoU),
      perClassIoU,
      pixelAccuracy: ratio(sum(hits), pixels),
      meanAccuracy: mean(perClassAccuracy),
      perClassAccuracy,
      frequencyWeightedIoU: ratio(sum(perClassIoU.map((iou, i) => at(truths, i) * (iou ?? 0))), pixels),
      perClassPixels: Array.from(truths),
      pixels,
    };
  }

  toJSON(): SerializedConfusionMatrix {
    return { classes: this.classes, ignoreLabel: this.ignoreLabel, counts: [...this.counts] };
  }

  static fromJSON({ classes, ignoreLabel, counts }: SerializedConfusionMatrix): ConfusionMatrix {
    const matrix = new ConfusionMatrix(classes, ignoreLabel);
    if (counts.length !== classes * classes)
      throw new Error(
        `A confusion matrix of ${classes} classes has ${classes * classes} counts, not ${counts.length}.`,
      );
    matrix.counts.set(counts);
    return matrix;
  }

  private addCounts(counts: Float64Array): void {
    for (let i = 0; i < counts.length; i++)
      this.counts[i] = (this.counts[i] as number) + (counts[i] as number);
  }
}

const sum = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

function mean(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return ratio(sum(defined), defined.length);
}
