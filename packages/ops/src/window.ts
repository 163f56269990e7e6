/** Where a sliding window (a convolution's or a pooling's) begins, and how much padding it reads. */

/**
 * - `'same'`: output size ceil(input / stride), zeros split evenly, the odd one at the bottom and right (TensorFlow).
 * - `'valid'`: no padding.
 * - `p` or `[pHeight, pWidth]`: that many pixels on every side (PyTorch).
 */
export type Padding = 'same' | 'valid' | number | readonly [height: number, width: number];

/** Pixels before and after. */
export type Edge = readonly [before: number, after: number];

/** How to reach a padding with the modes that TensorFlow has gradients for: pad by `edges` first, then run `mode`. */
export interface ResolvedPadding {
  readonly mode: 'same' | 'valid';
  readonly height: Edge;
  readonly width: Edge;
}

export interface WindowAxis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

const span = ({ kernel, dilation }: WindowAxis): number => dilation * (kernel - 1) + 1;

/** TensorFlow's 'same' padding on one axis. */
export function sameEdge(axis: WindowAxis): Edge {
  const output = Math.ceil(axis.input / axis.stride);
  const total = Math.max(0, (output - 1) * axis.stride + span(axis) - axis.input);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** PyTorch's padding on one axis, without the pixels at the end that no window reaches. */
function symmetricEdge(axis: WindowAxis, padding: number, operation: string): Edge {
  const free = axis.input + 2 * padding - span(axis);
  if (free < 0) {
    throw new Error(
      `${operation}: a window of ${span(axis)} pixels does not fit into ${axis.input} pixels padded by ${padding} on both sides; use more padding or a smaller kernel or dilation.`,
    );
  }
  const read = Math.floor(free / axis.stride) * axis.stride + span(axis);
  return [padding, Math.max(0, read - axis.input - padding)];
}

const equal = (a: Edge, b: Edge): boolean => a[0] === b[0] && a[1] === b[1];

/** The pixels that `padding` adds, on both axes. */
function paddingEdges(
  padding: Padding,
  height: WindowAxis,
  width: WindowAxis,
  operation: string,
): { height: Edge; width: Edge } {
  if (padding === 'same') return { height: sameEdge(height), width: sameEdge(width) };
  const [vertical, horizontal] =
    padding === 'valid' ? [0, 0] : typeof padding === 'number' ? [padding, padding] : padding;
  for (const pixels of [vertical, horizontal]) {
    if (!Number.isInteger(pixels) || pixels < 0) {
      throw new Error(
        `${operation}: got padding ${JSON.stringify(padding)}; use 'same', 'valid', or whole numbers of pixels ≥ 0.`,
      );
    }
  }
  return {
    height: symmetricEdge(height, vertical, operation),
    width: symmetricEdge(width, horizontal, operation),
  };
}

/** `padding` as something to pad by hand plus a native mode; nothing by hand wherever 'same' pads identically. */
export function resolvePadding(
  padding: Padding,
  height: WindowAxis,
  width: WindowAxis,
  operation: string,
): ResolvedPadding {
  if (padding === 'same') return { mode: 'same', height: [0, 0], width: [0, 0] };
  const edges = paddingEdges(padding, height, width, operation);
  const none = equal(edges.height, [0, 0]) && equal(edges.width, [0, 0]);
  if (none) return { mode: 'valid', ...edges };
  if (equal(edges.height, sameEdge(height)) && equal(edges.width, sameEdge(width))) {
    return { mode: 'same', height: [0, 0], width: [0, 0] };
  }
  return { mode: 'valid', ...edges };
}
