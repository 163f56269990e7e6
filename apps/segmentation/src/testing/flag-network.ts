/** A network in the form of Google's DeepLab that knows three colours: dark is background, red a plane, blue a television. */
import { VOC_CLASSES, type RgbImage } from '@plumbline/data';
import type { TinyGraphOptions } from './tiny-graph-model.ts';

export const [BACKGROUND, PLANE, TV] = [0, 1, 20] as const;

/** Logits of a pixel: plane red − 100, television blue − 100, background 0, of 0…255. */
export const FLAG_NETWORK: TinyGraphOptions = {
  kernel: [0, 1, 2].flatMap((channel) =>
    VOC_CLASSES.map((_, label) =>
      Number((channel === 0 && label === PLANE) || (channel === 2 && label === TV)),
    ),
  ),
  bias: VOC_CLASSES.map((_, label) =>
    label === BACKGROUND ? 0 : label === PLANE || label === TV ? -100 : -500,
  ),
};

/** Left third dark, then red, then blue. */
export function flag(width: number, height: number): RgbImage {
  const colour = (x: number): number[] =>
    x < width / 3 ? [9, 9, 9] : x < (2 * width) / 3 ? [200, 0, 0] : [0, 0, 200];
  const row = Array.from({ length: width }, (_, x) => colour(x)).flat();
  return { width, height, data: Uint8Array.from(Array<number[]>(height).fill(row).flat()) };
}
