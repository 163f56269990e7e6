/**
 * From logits to the class of each pixel of the original image, some rows at a time: of a photograph of 12 megapixels
 * the logits of 21 classes alone would be 1 GB.
 */
import { resizeBilinear } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';

/** Pixels of which a network is not sure enough. */
export interface Doubt {
  /** The least probability, 0…1, of the chosen class. */
  minConfidence: number;
  /** What pixels below it become. */
  ignoreLabel: number;
}

/** Logits at the original size in memory at a time: 64 MB of float32. */
const BAND_VALUES = 2 ** 24;

/** The largest logit's index at every pixel of `logits` [1, H, W, classes]; with `doubt` only where its softmax is large. */
export function largest(logits: tf.Tensor4D, doubt: Doubt | null = null): Uint8Array {
  return tf.tidy(() => {
    const labels = new Uint8Array(tf.argMax(logits, -1).dataSync());
    if (doubt === null) return labels;
    const confidence = tf.max(tf.softmax(logits), -1).dataSync();
    confidence.forEach((share, pixel) => {
      if (share < doubt.minConfidence) labels[pixel] = doubt.ignoreLabel;
    });
    return labels;
  });
}

/** Rows `top` to `top + count` of what `resizeBilinear` makes of `x` [1, h, w, C] at `height` × `width`. */
export function resizedRows(
  x: tf.Tensor4D,
  [height, width]: readonly [height: number, width: number],
  top: number,
  count: number,
): tf.Tensor4D {
  if (top === 0 && count === height) return resizeBilinear(x, [height, width]);
  return tf.tidy(() => {
    const [, h, w, channels] = x.shape;
    if (h === height && w === width) return tf.slice(x, [0, top, 0, 0], [1, count, w, channels]);
    // Aligned corners: row i samples the input at i · (h − 1) / (height − 1).
    const places = Array.from({ length: count }, (_, i) => ((top + i) * (h - 1)) / (height - 1));
    const above = places.map((place) => Math.min(h - 1, Math.floor(place)));
    const below = above.map((row) => Math.min(h - 1, row + 1));
    const share = tf.tensor4d(
      places.map((place, i) => place - (above[i] as number)),
      [1, count, 1, 1],
    );
    const upper = tf.gather(x, tf.tensor1d(above, 'int32'), 1);
    const lower = tf.gather(x, tf.tensor1d(below, 'int32'), 1);
    const rows = tf.add<tf.Tensor4D>(upper, tf.mul(tf.sub(lower, upper), share));
    return resizeBilinear(rows, [count, width]);
  });
}

/**
 * The class of every pixel of an image of `height` × `width`, row by row, of the network's `logits` [1, h, w, classes].
 *
 * @param bandValues most logits at the original size at a time.
 */
export function classMap(
  logits: tf.Tensor4D,
  [height, width]: readonly [height: number, width: number],
  doubt: Doubt | null = null,
  bandValues = BAND_VALUES,
): Uint8Array {
  const labels = new Uint8Array(height * width);
  const rows = Math.max(1, Math.floor(bandValues / (width * logits.shape[3])));
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    const band = resizedRows(logits, [height, width], top, count);
    labels.set(largest(band, doubt), top * width);
    band.dispose();
  }
  return labels;
}
