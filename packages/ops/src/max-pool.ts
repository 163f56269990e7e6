/**
 * Maximum over a sliding window, per channel. The gradient goes to the first maximum of each window in row-major order,
 * also among equals.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireFloat, requirePositiveInteger, requireRank } from './checks.ts';
import { attributes, nativeBackend, type NativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';
import { resolvePadding, type Padding, type WindowAxis } from './window.ts';

export interface MaxPoolOptions {
  /** Window height and width in pixels. */
  size: number;
  /** Pixels between neighbouring windows. */
  strides: number;
  /** Padded pixels never win. A number pads every side, as PyTorch does, by at most half the window. */
  padding: Padding;
}

interface NativePoolAttributes {
  readonly size: number;
  readonly strides: number;
  readonly mode: 'same' | 'valid';
  /** Of the input: the gradient needs its shape only, so the input's memory can go. */
  readonly shape: number[];
}

const poolAttributes = (native: NativeBackend, { size, strides, mode }: NativePoolAttributes) =>
  attributes(native, {
    T: { type: 'float32' },
    Targmax: { type: 'int32' },
    ksize: [1, size, size, 1],
    strides: [1, strides, strides, 1],
    padding: mode.toUpperCase(),
    include_batch_in_index: true,
  });

// TensorFlow's own gradient searches every window again, on one thread per image. Here the forward pass notes where each
// maximum was, and the gradient is a sum by position.
const nativeMaxPool = defineNativeKernel<'x', NativePoolAttributes>({
  name: 'PlumblineMaxPool',
  savedInputs: [],
  savedOutputs: [false, true],
  forward: (native, { x }, attrs) =>
    native.executeMultipleOutputs('MaxPoolWithArgmax', poolAttributes(native, attrs), [x], 2),
  gradient: (native, dys, saved, { shape }) => ({
    x: () => {
      const size = shape.reduce((a, b) => a * b, 1);
      const sums = native.executeSingleOutput(
        'UnsortedSegmentSum',
        attributes(native, {
          T: { type: 'float32' },
          Tindices: { type: 'int32' },
          Tnumsegments: { type: 'int32' },
        }),
        [tf.reshape(at(dys, 0), [-1]), tf.reshape(at(saved, 0), [-1]), tf.scalar(size, 'int32')],
      );
      return tf.reshape(sums, shape);
    },
  }),
});

/**
 * Pools `x` [N, H, W, C] into [N, H', W', C].
 *
 * @throws if a shape, type or option does not fit.
 */
export function maxPool(x: tf.Tensor4D, { size, strides, padding }: MaxPoolOptions): tf.Tensor4D {
  requireRank('maxPool', 'x', x, 4, '[N, H, W, C]');
  requireFloat('maxPool', 'x', x);
  requirePositiveInteger('maxPool', 'size', size);
  requirePositiveInteger('maxPool', 'strides', strides);
  const most = typeof padding === 'string' ? 0 : Math.max(...[padding].flat());
  if (most > size / 2) {
    throw new Error(
      `maxPool: got padding ${JSON.stringify(padding)} for a window of ${size}; at most half the window can be padding.`,
    );
  }
  const axis = (input: number): WindowAxis => ({ input, kernel: size, stride: strides, dilation: 1 });
  const { mode, height, width } = resolvePadding(padding, axis(x.shape[1]), axis(x.shape[2]), 'maxPool');
  return tf.tidy(() => {
    const none = [...height, ...width].every((pixels) => pixels === 0);
    const padded = none ? x : tf.pad(x, [[0, 0], [...height], [...width], [0, 0]], -Infinity);
    const native = nativeBackend();
    // On a GPU the library's gradient is the fast one, and sums by position come in no fixed order.
    if (native === null || native.isUsingGpuDevice) return tf.maxPool(padded, size, strides, mode);
    return at(nativeMaxPool({ x: padded }, { size, strides, mode, shape: padded.shape }), 0) as tf.Tensor4D;
  });
}
