import type { IndexMask } from './index-mask.ts';

/**
 * For each of `target` output pixels the input pixel its centre falls into: the nearest-neighbour half of the
 * geometry whose bilinear half is `resampleWindow`, so that a picture and its mask stay on top of each other.
 * Class indices are names, and nothing lies between two names: masks are only ever resized this way.
 */
export function nearestSources(source: number, target: number): Int32Array {
  return Int32Array.from({ length: target }, (_, i) =>
    Math.min(source - 1, Math.floor(((i + 0.5) * source) / target)),
  );
}

/** Nearest-neighbour resize of a mask; also brings a prediction back to the size of its photograph. */
export function resizeMask(mask: IndexMask, width: number, height: number): IndexMask {
  const columns = nearestSources(mask.width, width);
  const rows = nearestSources(mask.height, height);
  const data = new Uint8Array(width * height);
  let i = 0;
  for (const row of rows) {
    for (const column of columns) data[i++] = mask.data[row * mask.width + column] ?? 0;
  }
  return { width, height, data };
}
