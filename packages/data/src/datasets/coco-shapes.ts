// The two ways in which COCO (Lin et al. 2014, arXiv 1405.0312) draws an object: polygons, and run lengths. Its run
// lengths go down the columns, begin with the pixels outside, and come as numbers or packed into a string.
import type { IndexMask } from '../images/index-mask.ts';

/** Polygons [x, y, x, y, …] in pixels, or run lengths over [height, width]. */
export type CocoShape =
  | readonly (readonly number[])[]
  | { readonly size: readonly [number, number]; readonly counts: string | readonly number[] };

/**
 * Gives `label` to every pixel inside the shape. A pixel is inside a polygon if its centre is, by the even-odd rule;
 * several polygons are one object's parts.
 *
 * @throws Error when run lengths do not make up the mask's size; the message is the end of a sentence.
 */
export function paintShape(mask: IndexMask, shape: CocoShape, label: number): void {
  if ('counts' in shape) paintRuns(mask, shape, label);
  else for (const polygon of shape) paintPolygon(mask, polygon, label);
}

function paintPolygon({ width, height, data }: IndexMask, polygon: readonly number[], label: number): void {
  const corners = Math.floor(polygon.length / 2);
  for (let y = 0; y < height; y++) {
    const centre = y + 0.5;
    const crossings: number[] = [];
    for (let i = 0; i < corners; i++) {
      const next = (i + 1) % corners;
      const [x0, y0] = [polygon[2 * i] as number, polygon[2 * i + 1] as number];
      const [x1, y1] = [polygon[2 * next] as number, polygon[2 * next + 1] as number];
      if (y0 <= centre === y1 <= centre) continue;
      crossings.push(x0 + ((centre - y0) / (y1 - y0)) * (x1 - x0));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] as number) - 0.5));
      const to = Math.min(width, Math.ceil((crossings[i + 1] as number) - 0.5));
      if (from < to) data.fill(label, y * width + from, y * width + to);
    }
  }
}

function paintRuns(
  { width, height, data }: IndexMask,
  { size, counts }: Exclude<CocoShape, readonly (readonly number[])[]>,
  label: number,
): void {
  const runs = typeof counts === 'string' ? unpackRuns(counts) : counts;
  const total = runs.reduce((a, b) => a + b, 0);
  if (size[0] !== height || size[1] !== width || total !== width * height) {
    throw new Error(
      `has run lengths of ${total} pixels for ${size[1]}×${size[0]}, but its image is ${width}×${height}`,
    );
  }
  let at = 0;
  runs.forEach((run, index) => {
    if (index % 2 === 1) {
      for (let i = at; i < at + run; i++) data[(i % height) * width + Math.floor(i / height)] = label;
    }
    at += run;
  });
}

/**
 * COCO's packed runs: numbers of 5 bits a character from code 48 on, low bits first, bit 5 says that more follow, and
 * the last one's bit 4 is the sign; from the fourth number on each is the difference to the one two before.
 */
export function unpackRuns(packed: string): number[] {
  const runs: number[] = [];
  let at = 0;
  while (at < packed.length) {
    let value = 0;
    let shift = 0;
    let code = 0;
    do {
      code = packed.charCodeAt(at++) - 48;
      value += (code & 31) * 2 ** shift;
      shift += 5;
    } while ((code & 32) !== 0 && at < packed.length);
    if ((code & 16) !== 0) value -= 2 ** shift;
    runs.push(runs.length > 2 ? value + (runs[runs.length - 2] as number) : value);
  }
  return runs;
}
