/** Windows over an image that is too large for one pass: where they lie, and how their logits become one map. */
import { tf } from '@plumbline/runtime';

/**
 * Where windows begin along an axis of `length` pixels: every `stride` pixels, the last moved back to end with the
 * image. One window where the image is not longer than it.
 *
 * @throws when the stride is larger than the window: pixels between two windows would have no logits.
 */
export function windowStarts(length: number, window: number, stride: number): number[] {
  if (!(stride >= 1 && stride <= window)) {
    throw new Error(
      `Windows of ${window} pixels ${stride} apart leave pixels out: choose a stride from 1 to ${window}.`,
    );
  }
  const count = Math.max(0, Math.ceil((length - window) / stride)) + 1;
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * stride, length - window)));
}

/** How many windows cover each pixel of an axis. */
export function windowCounts(length: number, window: number, stride: number): Int32Array {
  const counts = new Int32Array(length);
  for (const start of windowStarts(length, window, stride)) {
    for (let i = start; i < Math.min(length, start + window); i++) counts[i] = (counts[i] as number) + 1;
  }
  return counts;
}

export interface WindowOptions {
  /** Side of the square windows, in pixels. */
  window: number;
  /** Pixels from one window to the next. */
  stride: number;
}

/**
 * Logits of `image` [1, H, W, 3] from windows: the sum of all that cover a pixel, divided by their number. An image
 * smaller than a window is padded with 0, the mean colour, at the bottom and on the right.
 *
 * @param forward logits [1, window, window, C] of one window.
 */
export function slideLogits(
  forward: (window: tf.Tensor4D) => tf.Tensor4D,
  image: tf.Tensor4D,
  { window, stride }: WindowOptions,
): tf.Tensor4D {
  const [, height, width] = image.shape;
  const [windowHeight, windowWidth] = [Math.min(window, height), Math.min(window, width)];
  const tops = windowStarts(height, window, stride);
  const lefts = windowStarts(width, window, stride);
  let sum: tf.Tensor4D | null = null;
  for (const top of tops) {
    for (const left of lefts) {
      const part = tf.tidy(() => {
        const cut = tf.slice(image, [0, top, left, 0], [1, windowHeight, windowWidth, -1]);
        const logits = forward(padTo(cut, window, window));
        const content = tf.slice(logits, [0, 0, 0, 0], [1, windowHeight, windowWidth, -1]);
        return tf.pad(content, [
          [0, 0],
          [top, height - top - windowHeight],
          [left, width - left - windowWidth],
          [0, 0],
        ]);
      });
      const former: tf.Tensor4D | null = sum;
      sum = former === null ? part : tf.add<tf.Tensor4D>(former, part);
      if (former !== null) tf.dispose([former, part]);
    }
  }
  const total = sum as unknown as tf.Tensor4D;
  if (tops.length * lefts.length === 1) return total;
  const mean = tf.tidy(() => {
    const rows = tf.tensor4d(Float32Array.from(windowCounts(height, window, stride)), [1, height, 1, 1]);
    const columns = tf.tensor4d(Float32Array.from(windowCounts(width, window, stride)), [1, 1, width, 1]);
    // The number of windows over a pixel is the product of the numbers along its two axes.
    return tf.div<tf.Tensor4D>(total, tf.mul(rows, columns));
  });
  tf.dispose(total);
  return mean;
}

/** `image` at the top left of a larger one; 0 is the mean colour. */
export const padTo = (image: tf.Tensor4D, height: number, width: number): tf.Tensor4D =>
  tf.pad(image, [
    [0, 0],
    [0, height - image.shape[1]],
    [0, width - image.shape[2]],
    [0, 0],
  ]);
