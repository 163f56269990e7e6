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

/** The first `length` rows (axis 1) or columns (axis 2) from `start` on. */
function along(x: tf.Tensor4D, axis: 1 | 2, start: number, length: number): tf.Tensor4D {
  const begin: [number, number, number, number] = [0, 0, 0, 0];
  const size: [number, number, number, number] = [...x.shape];
  begin[axis] = start;
  size[axis] = length;
  return tf.slice(x, begin, size);
}

/**
 * Sums parts of one length that overlap along an axis. What no later part touches goes to `emit`, which owns it: the
 * whole sum need never be in memory.
 */
function overlapAdd(
  starts: readonly number[],
  axis: 1 | 2,
  part: (start: number) => tf.Tensor4D,
  emit: (sum: tf.Tensor4D, start: number) => void,
): void {
  let pending: tf.Tensor4D | null = null;
  starts.forEach((start, index) => {
    const former: tf.Tensor4D | null = pending;
    const [finished, rest] = tf.tidy(() => {
      const own = part(start);
      const length = own.shape[axis];
      const paddings: [number, number][] = own.shape.map(() => [0, 0]);
      paddings[axis] = [0, length - (former?.shape[axis] ?? 0)];
      const sum = former === null ? own : tf.add<tf.Tensor4D>(own, tf.pad(former, paddings));
      const done = (starts[index + 1] ?? start + length) - start;
      const first = along(sum, axis, 0, done);
      return done < length ? [first, along(sum, axis, done, length - done)] : [first];
    });
    former?.dispose();
    pending = rest ?? null;
    emit(finished as tf.Tensor4D, start);
  });
}

/**
 * Logits of `image` [1, H, W, 3] from windows: the sum of all that cover a pixel, divided by their number. An image
 * smaller than a window is padded with 0, the mean colour, at the bottom and on the right.
 *
 * @param forward logits [1, window, window, C] of one window.
 * @param emit takes the logits [1, rows, W, C] of some rows, from `top` on, as soon as they are final, and owns them.
 */
export function slideRows(
  forward: (window: tf.Tensor4D) => tf.Tensor4D,
  image: tf.Tensor4D,
  { window, stride }: WindowOptions,
  emit: (rows: tf.Tensor4D, top: number) => void,
): void {
  const [, height, width] = image.shape;
  const [windowHeight, windowWidth] = [Math.min(window, height), Math.min(window, width)];
  const lefts = windowStarts(width, window, stride);
  const rowCounts = Float32Array.from(windowCounts(height, window, stride));
  const columnCounts = Float32Array.from(windowCounts(width, window, stride));
  const windowAt = (top: number, left: number): tf.Tensor4D => {
    const cut = tf.slice(image, [0, top, left, 0], [1, windowHeight, windowWidth, -1]);
    return tf.slice(forward(padTo(cut, window, window)), [0, 0, 0, 0], [1, windowHeight, windowWidth, -1]);
  };
  const rowOfWindows = (top: number): tf.Tensor4D => {
    const pieces: tf.Tensor4D[] = [];
    overlapAdd(
      lefts,
      2,
      (left) => windowAt(top, left),
      (piece) => pieces.push(piece),
    );
    return tf.concat(pieces, 2);
  };
  overlapAdd(windowStarts(height, window, stride), 1, rowOfWindows, (sum, top) => {
    const mean = tf.tidy(() => {
      const rows = sum.shape[1];
      // The number of windows over a pixel is the product of the numbers along its two axes.
      const inRows = tf.tensor4d(rowCounts.subarray(top, top + rows), [1, rows, 1, 1]);
      const inColumns = tf.tensor4d(columnCounts, [1, 1, width, 1]);
      return tf.div<tf.Tensor4D>(sum, tf.mul(inRows, inColumns));
    });
    sum.dispose();
    emit(mean, top);
  });
}

/** As `slideRows`, all rows together. */
export function slideLogits(
  forward: (window: tf.Tensor4D) => tf.Tensor4D,
  image: tf.Tensor4D,
  options: WindowOptions,
): tf.Tensor4D {
  return tf.tidy(() => {
    const parts: tf.Tensor4D[] = [];
    slideRows(forward, image, options, (rows) => parts.push(rows));
    return tf.concat(parts, 1);
  });
}

/** `image` at the top left of a larger one; 0 is the mean colour. */
export const padTo = (image: tf.Tensor4D, height: number, width: number): tf.Tensor4D =>
  tf.pad(image, [
    [0, 0],
    [0, height - image.shape[1]],
    [0, width - image.shape[2]],
    [0, 0],
  ]);
