// Bilinear resizing with exact geometry. libvips is faster at this but moves the picture by up to half a pixel
// (measured: enlarging by 2 shifts it by half an output pixel), which at object borders is label noise.
//
// Output pixel i of n looks at the input around its own centre, c = (i + ½)·m/n for m input pixels, through a triangle
// of half-width max(1, m/n): linear interpolation when enlarging, an antialiased average when shrinking, as in Pillow.
// The two axes are independent. Nearest-neighbour resizing of masks uses the same centres.
import type { RgbImage } from './rgb-image.ts';

/** A window of a resized picture; all lengths in pixels of the resized picture. */
export interface ResizeWindow {
  /** The size of the whole resized picture. */
  scaledWidth: number;
  scaledHeight: number;
  /** The window: only this part is computed. */
  left: number;
  top: number;
  width: number;
  height: number;
}

/** For each output pixel the first input pixel it looks at, and `taps` weights from there on, which sum to 1. */
interface Weights {
  readonly first: Int32Array;
  readonly taps: number;
  readonly weights: Float32Array;
}

/** A window of the resized picture as float32 [height, width, 3], values 0…255, not rounded. */
export function resampleWindow(image: RgbImage, window: ResizeWindow): Float32Array {
  const columns = triangleWeights(image.width, window.scaledWidth, window.left, window.width);
  const rows = triangleWeights(image.height, window.scaledHeight, window.top, window.height);
  const firstRow = rows.first[0] as number;
  const endRow = Math.min(image.height, (rows.first[window.height - 1] as number) + rows.taps);
  const narrowed = resampleRows(image, firstRow, endRow, columns, window.width);

  const stride = 3 * window.width;
  const output = new Float32Array(window.height * stride);
  for (let y = 0; y < window.height; y++) {
    const to = y * stride;
    for (let tap = 0; tap < rows.taps; tap++) {
      const weight = rows.weights[y * rows.taps + tap] as number;
      if (weight === 0) continue;
      const from = ((rows.first[y] as number) + tap - firstRow) * stride;
      for (let i = 0; i < stride; i++) {
        output[to + i] = (output[to + i] as number) + weight * (narrowed[from + i] as number);
      }
    }
  }
  return output;
}

/** The whole picture in another size, rounded to bytes. */
export function resizeRgb(image: RgbImage, width: number, height: number): RgbImage {
  if (image.width === width && image.height === height) return image;
  const window = { scaledWidth: width, scaledHeight: height, left: 0, top: 0, width, height };
  return { width, height, data: Uint8Array.from(resampleWindow(image, window), Math.round) };
}

/** The size that brings the long side to `longSide`; null keeps the size. */
export function sizeForLongSide(
  { width, height }: { width: number; height: number },
  longSide: number | null,
): { width: number; height: number } {
  const factor = longSide === null ? 1 : longSide / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/** Input rows `firstRow … endRow − 1`, resized along the row only. */
function resampleRows(
  { width, data }: RgbImage,
  firstRow: number,
  endRow: number,
  { first, taps, weights }: Weights,
  outputWidth: number,
): Float32Array {
  const output = new Float32Array((endRow - firstRow) * outputWidth * 3);
  let to = 0;
  for (let y = firstRow; y < endRow; y++) {
    for (let x = 0; x < outputWidth; x++) {
      let from = 3 * (y * width + (first[x] as number));
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = x * taps; tap < (x + 1) * taps; tap++, from += 3) {
        const weight = weights[tap] as number;
        if (weight === 0) break;
        red += weight * (data[from] as number);
        green += weight * (data[from + 1] as number);
        blue += weight * (data[from + 2] as number);
      }
      output[to++] = red;
      output[to++] = green;
      output[to++] = blue;
    }
  }
  return output;
}

/** Weights for output pixels `start … start + count − 1` of `target`; unused taps at the end of a pixel are 0. */
function triangleWeights(source: number, target: number, start: number, count: number): Weights {
  const scale = source / target;
  const radius = Math.max(1, scale);
  const taps = Math.ceil(2 * radius) + 1;
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = (start + i + 0.5) * scale;
    const low = Math.max(0, Math.ceil(centre - radius - 0.5 + 1e-9));
    const high = Math.min(source - 1, Math.floor(centre + radius - 0.5 - 1e-9));
    let sum = 0;
    for (let k = low; k <= high; k++) sum += 1 - Math.abs(k + 0.5 - centre) / radius;
    first[i] = low;
    for (let k = low; k <= high; k++) {
      weights[i * taps + k - low] = (1 - Math.abs(k + 0.5 - centre) / radius) / sum;
    }
  }
  return { first, taps, weights };
}
