/**
 * A dilated convolution as an ordinary one: pixels with the same row and column remainder modulo d become d² small maps
 * of a larger batch, which a plain kernel sees exactly as the dilated kernel sees the whole (Chen et al., 2016,
 * arXiv 1606.00915).
 */
import * as tf from '@tensorflow/tfjs-core';
import { sameEdge, type Edge, type WindowAxis } from './window.ts';

/**
 * Runs `convolve` (stride 1, no padding, no dilation) on `x` [N, H, W, C] as if its kernel, of `kernelSize`, were dilated.
 */
export function bySpaceToBatch(
  x: tf.Tensor4D,
  kernelSize: readonly [height: number, width: number],
  dilation: number,
  mode: 'same' | 'valid',
  convolve: (batch: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const axis = (input: number, kernel: number): WindowAxis => ({ input, kernel, stride: 1, dilation });
  const edges = [axis(x.shape[1], kernelSize[0]), axis(x.shape[2], kernelSize[1])].map(
    (side): { padding: Edge; surplus: number } => {
      const [before, after] = mode === 'same' ? sameEdge(side) : [0, 0];
      const surplus = (dilation - ((before + side.input + after) % dilation)) % dilation;
      return { padding: [before, after + surplus], surplus };
    },
  );
  const block = [dilation, dilation];
  const paddings = edges.map(({ padding }) => [...padding]);
  const crops = edges.map(({ surplus }) => [0, surplus]);
  return tf.batchToSpaceND(convolve(tf.spaceToBatchND(x, block, paddings)), block, crops);
}
