// The size of a convolution's output along one spatial axis.

import type { Padding } from '@plumbline/ops';

/**
 * The output size for `input` pixels, or null where the input size is unknown.
 *
 * @param axis 0 for the height, 1 for the width, where `padding` names them apart.
 */
export function outputSize(
  input: number | null | undefined,
  kernelSize: number,
  { strides, padding, dilation }: { strides: number; padding: Padding; dilation: number },
  axis: 0 | 1,
): number | null {
  if (input === null || input === undefined) return null;
  if (padding === 'same') return Math.ceil(input / strides);
  const pixels = padding === 'valid' ? 0 : typeof padding === 'number' ? padding : padding[axis];
  return Math.floor((input + 2 * pixels - dilation * (kernelSize - 1) - 1) / strides) + 1;
}
