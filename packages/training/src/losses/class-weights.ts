// Class weights from how often the classes occur: rare ones get more.
//
//   median-frequency   w_c = median(f) / f_c,  f_c = pixels of c / valid pixels of the images that hold c
//                      Eigen, Fergus 2015, arXiv:1411.4734
//   enet               w_c = 1 / ln(1.02 + f_c),  f_c = pixels of c / all valid pixels
//                      Paszke, Chaurasia, Kim, Culurciello 2016, arXiv:1606.02147
//
// The results are divided by Σ_c w_c · pixels_c / Σ_c pixels_c: the mean weight of a training pixel is then 1, and the
// learning rate keeps its meaning. (A weighted mean as PyTorch's does the same within each batch.)

/** How to make weights of frequencies. */
export const CLASS_WEIGHTINGS = ['median-frequency', 'enet'] as const;
export type ClassWeighting = (typeof CLASS_WEIGHTINGS)[number];

/** What the masks of a data set hold, by class. */
export interface ClassPixelCounts {
  /** Pixels of the class. */
  readonly pixels: readonly number[];
  /** Valid pixels, of any class, of the images that hold the class. */
  readonly imagePixels: readonly number[];
}

/**
 * One weight a class, with four significant digits. A class without a pixel gets 1: nothing depends on it.
 *
 * @throws if no class has a pixel.
 */
export function classWeightsFrom(
  { pixels, imagePixels }: ClassPixelCounts,
  weighting: ClassWeighting,
): number[] {
  const total = pixels.reduce((sum, count) => sum + count, 0);
  if (total === 0)
    throw new Error('Class weights need labelled pixels, and the masks hold none that are not void.');
  const weights = weighting === 'enet' ? enet(pixels, total) : medianFrequency(pixels, imagePixels);
  const mean = weights.reduce<number>((sum, weight, c) => sum + (weight ?? 0) * (pixels[c] ?? 0), 0) / total;
  return weights.map((weight) => (weight === null ? 1 : Number((weight / mean).toPrecision(4))));
}

const enet = (pixels: readonly number[], total: number): (number | null)[] =>
  pixels.map((count) => (count === 0 ? null : 1 / Math.log(1.02 + count / total)));

function medianFrequency(pixels: readonly number[], imagePixels: readonly number[]): (number | null)[] {
  const frequencies = pixels.map((count, c) => (count === 0 ? null : count / (imagePixels[c] ?? NaN)));
  const present = frequencies.filter((frequency) => frequency !== null).sort((a, b) => a - b);
  const middle = present.length / 2;
  const median = ((present[Math.ceil(middle) - 1] ?? NaN) + (present[Math.floor(middle)] ?? NaN)) / 2;
  return frequencies.map((frequency) => (frequency === null ? null : median / frequency));
}
