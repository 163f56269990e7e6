// The distance of every pixel to the nearest marked one, exactly, in linear time.
//
// P. F. Felzenszwalb, D. P. Huttenlocher, "Distance Transforms of Sampled Functions", 2012: over one axis the squared
// distance d(p) = min_q ((p − q)² + f(q)) is the lower envelope of parabolas with their feet at (q, f(q)); over columns
// first, then over rows of what that gave.

/**
 * The squared Euclidean distance from every pixel, row by row, to the nearest pixel where `marked` is not 0; Infinity
 * everywhere if there is none. Distances between pixel centres, in pixels.
 *
 * @param marked row-major, [height, width].
 */
export function squaredDistances(
  marked: ArrayLike<number>,
  { width, height }: { readonly width: number; readonly height: number },
): Float64Array {
  const distances = Float64Array.from(marked, (isMarked) => (isMarked !== 0 ? 0 : Infinity));
  const longest = Math.max(width, height);
  const line = new Float64Array(longest);
  const feet = new Int32Array(longest);
  const begins = new Float64Array(longest + 1);
  for (let x = 0; x < width; x++) lowerEnvelope(distances, x, width, height, { line, feet, begins });
  for (let y = 0; y < height; y++) lowerEnvelope(distances, y * width, 1, width, { line, feet, begins });
  return distances;
}

interface Scratch {
  /** The values of the line as they were. */
  readonly line: Float64Array;
  /** The parabolas of the envelope, from left to right, by the place of their feet. */
  readonly feet: Int32Array;
  /** Where each of them begins to be the lowest. */
  readonly begins: Float64Array;
}

/** Replaces `count` values, `step` apart from `start` on, by the lower envelope of their parabolas. */
function lowerEnvelope(
  values: Float64Array,
  start: number,
  step: number,
  count: number,
  { line, feet, begins }: Scratch,
): void {
  let last = -1;
  for (let q = 0; q < count; q++) {
    const height = values[start + q * step] as number;
    line[q] = height;
    if (height === Infinity) continue;
    let begin = -Infinity;
    while (last >= 0) {
      const foot = feet[last] as number;
      begin = (height + q * q - ((line[foot] as number) + foot * foot)) / (2 * (q - foot));
      if (begin > (begins[last] as number)) break;
      last--;
    }
    last++;
    feet[last] = q;
    begins[last] = last === 0 ? -Infinity : begin;
  }
  if (last < 0) return;
  begins[last + 1] = Infinity;
  let lowest = 0;
  for (let p = 0; p < count; p++) {
    while ((begins[lowest + 1] as number) < p) lowest++;
    const foot = feet[lowest] as number;
    values[start + p * step] = (p - foot) * (p - foot) + (line[foot] as number);
  }
}
