// Resizing with exact geometry. libvips is faster at this but moves the picture by up to half a pixel
// (measured: enlarging by 2 shifts it by half an output pixel), which at object borders is label noise.
//
// Output pixel i of n looks at the input around its own centre, c = (i + ½)·m/n for m input pixels, through a kernel
// stretched by max(1, m/n): interpolation when enlarging, an antialiased average when shrinking, as in Pillow. The kernel
// is a triangle (`linear`), or the piecewise cubic of Keys (1981, "Cubic convolution interpolation for digital image
// processing") with a = −½ (`cubic`), which is sharper and reaches beyond the range of its input at edges.
// The two axes are independent. Nearest-neighbour resizing of masks uses the same centres.
import type { RgbImage } from './rgb-image.ts';

/** uint8 [height, width, channels] of a picture. */
type Pixels = Pick<RgbImage, 'width' | 'height' | 'data'>;

export interface ResampleOptions {
  /** Default linear. */
  filter?: 'linear' | 'cubic';
  /** Of the picture. Default 3. */
  channels?: 1 | 3;
}

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

interface Kernel {
  /** Beyond this distance it is 0. */
  readonly radius: number;
  /** Its value at a distance of 0 … radius. */
  at(distance: number): number;
}

const KERNELS: Record<'linear' | 'cubic', Kernel> = {
  linear: { radius: 1, at: (x) => 1 - x },
  cubic: {
    radius: 2,
    at: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
};

/** A window of the resized picture as float32 [height, width, channels], about 0…255, not rounded. */
export function resampleWindow(
  image: Pixels,
  window: ResizeWindow,
  { filter = 'linear', channels = 3 }: ResampleOptions = {},
): Float32Array {
  const kernel = KERNELS[filter];
  const columns = kernelWeights(kernel, image.width, window.scaledWidth, window.left, window.width);
  const rows = kernelWeights(kernel, image.height, window.scaledHeight, window.top, window.height);
  const firstRow = rows.first[0] as number;
  const endRow = Math.min(image.height, (rows.first[window.height - 1] as number) + rows.taps);
  const narrowed = resampleRows(image, channels, firstRow, endRow, columns, window.width);

  const stride = channels * window.width;
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
  { width, data }: Pixels,
  channels: 1 | 3,
  firstRow: number,
  endRow: number,
  { first, taps, weights }: Weights,
  outputWidth: number,
): Float32Array {
  const output = new Float32Array((endRow - firstRow) * outputWidth * channels);
  let to = 0;
  for (let y = firstRow; y < endRow; y++) {
    for (let x = 0; x < outputWidth; x++) {
      let from = channels * (y * width + (first[x] as number));
      // The first channel is red, or all there is.
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = x * taps; tap < (x + 1) * taps; tap++, from += channels) {
        const weight = weights[tap] as number;
        if (weight === 0) continue;
        red += weight * (data[from] as number);
        if (channels === 1) continue;
        green += weight * (data[from + 1] as number);
        blue += weight * (data[from + 2] as number);
      }
      output[to++] = red;
      if (channels === 1) continue;
      output[to++] = green;
      output[to++] = blue;
    }
  }
  return output;
}

/** Weights for output pixels `start … start + count − 1` of `target`; unused taps at the end of a pixel are 0. */
function kernelWeights(
  kernel: Kernel,
  source: number,
  target: number,
  start: number,
  count: number,
): Weights {
  const scale = source / target;
  const stretch = Math.max(1, scale);
  const radius = kernel.radius * stretch;
  const taps = Math.ceil(2 * radius) + 1;
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = (start + i + 0.5) * scale;
    const low = Math.max(0, Math.ceil(centre - radius - 0.5 + 1e-9));
    const high = Math.min(source - 1, Math.floor(centre + radius - 0.5 - 1e-9));
    const weight = (k: number): number => kernel.at(Math.abs(k + 0.5 - centre) / stretch);
    let sum = 0;
    for (let k = low; k <= high; k++) sum += weight(k);
    first[i] = low;
    for (let k = low; k <= high; k++) weights[i * taps + k - low] = weight(k) / sum;
  }
  return { first, taps, weights };
}
