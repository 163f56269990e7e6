/** One forward pass over a whole image: from prepared pixels to class indices on the original pixels. */
import type { PreparedImage } from '@plumbline/data';
import { resizeBilinear } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * The class of every original pixel, row by row. The logits of the padding are cut off first, the rest is resized
 * to the original size, then the largest wins.
 */
export function segment(model: tfl.LayersModel, input: PreparedImage): Uint8Array {
  return tf.tidy(() => {
    const logits = model.apply(tf.tensor4d(input.image, input.shape), { training: false }) as tf.Tensor4D;
    const content = tf.slice(logits, [0, 0, 0, 0], [1, input.contentHeight, input.contentWidth, -1]);
    const full = resizeBilinear(content, [input.originalHeight, input.originalWidth]);
    return Uint8Array.from(tf.argMax(full, -1).dataSync());
  });
}
