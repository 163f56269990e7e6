// Two domains of the same six figures, for trying domain adaptation: ink on paper, thin, dark on light; and chalk on a
// board, broad, light on dark, broken by the board's grain. Shape, place, size and slant are drawn alike in both, so what
// tells classes apart is the same, and what a network sees is not.
import type { Random, RgbImage } from '@plumbline/data';
import { distanceToOutline, FIGURES, type Point } from './figures.ts';

export const DOMAINS = ['ink', 'chalk'] as const;
export type DomainName = (typeof DOMAINS)[number];

/** Pixels a side. */
export const DOMAIN_SIDE = 32;

/** Colours are multiples of this, which halves the files. */
const LEVEL = 8;

type Colour = readonly [red: number, green: number, blue: number];

/** How a domain looks. */
interface Style {
  /** Colours at the ends of a range. */
  readonly ground: readonly [Colour, Colour];
  readonly stroke: readonly [Colour, Colour];
  /** Width of the line, in pixels. */
  readonly width: readonly [number, number];
  /** Share of the line that the ground's grain breaks off, at most. */
  readonly wear: number;
  /** How far light and dark patches of the ground reach, of 255. */
  readonly patches: number;
  /** Noise of single pixels, of 255. */
  readonly noise: number;
}

const STYLES: Readonly<Record<DomainName, Style>> = {
  ink: {
    ground: [
      [206, 200, 184],
      [252, 250, 244],
    ],
    stroke: [
      [16, 18, 30],
      [60, 66, 120],
    ],
    width: [1.5, 2.7],
    wear: 0.1,
    patches: 6,
    noise: 4,
  },
  chalk: {
    ground: [
      [34, 58, 48],
      [82, 92, 88],
    ],
    stroke: [
      [186, 190, 178],
      [250, 246, 214],
    ],
    width: [2.4, 4],
    wear: 0.5,
    patches: 30,
    noise: 8,
  },
};

/** One picture of a class: [DOMAIN_SIDE, DOMAIN_SIDE]. */
export function drawFigure(random: Random, domain: DomainName, className: string): RgbImage {
  const style = STYLES[domain];
  const outline = posed(random, FIGURES[className] as readonly Point[]);
  const ground = between(style.ground, random.uniform(0, 1));
  const stroke = between(style.stroke, random.uniform(0, 1));
  const half = random.uniform(...style.width) / 2;
  const patches = smoothNoise(random);
  const data = new Uint8Array(3 * DOMAIN_SIDE ** 2);
  for (let i = 0; i < DOMAIN_SIDE ** 2; i++) {
    const [x, y] = [i % DOMAIN_SIDE, Math.floor(i / DOMAIN_SIDE)];
    const edge = half + 0.5 - distanceToOutline(outline, [x + 0.5, y + 0.5]);
    const cover = Math.min(1, Math.max(0, edge)) * (1 - random.uniform(0, style.wear));
    const light = style.patches * patches(x, y) + random.uniform(-style.noise, style.noise);
    ground.forEach((value, c) => {
      const colour = value + light + cover * ((stroke[c] as number) - value - light);
      data[3 * i + c] = Math.min(255, Math.max(0, LEVEL * Math.round(colour / LEVEL)));
    });
  }
  return { width: DOMAIN_SIDE, height: DOMAIN_SIDE, data };
}

/** The figure somewhere in the picture, larger or smaller, turned and squeezed a little. */
function posed(random: Random, outline: readonly Point[]): Point[] {
  const size = random.uniform(8, 12.5);
  const squeeze = random.uniform(0.82, 1.22);
  const angle = random.uniform(-0.45, 0.45);
  const room = DOMAIN_SIDE / 2 - size;
  const middle = (): number => DOMAIN_SIDE / 2 + random.uniform(-room, room) * 0.7;
  const [left, top] = [middle(), middle()];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return outline.map(([x, y]) => {
    const [u, v] = [size * x * squeeze, (size * y) / squeeze];
    return [left + cos * u - sin * v, top + sin * u + cos * v];
  });
}

const between = ([low, high]: readonly [Colour, Colour], at: number): Colour =>
  low.map((value, c) => value + at * ((high[c] as number) - value)) as unknown as Colour;

const PATCH_POINTS = 5;

/** Light and dark that change slowly over the picture: −1…1 on a coarse grid, linear in between. */
function smoothNoise(random: Random): (x: number, y: number) => number {
  const grid = Array.from({ length: PATCH_POINTS ** 2 }, () => random.uniform(-1, 1));
  const at = (column: number, row: number): number => grid[row * PATCH_POINTS + column] as number;
  const scale = (PATCH_POINTS - 1) / DOMAIN_SIDE;
  return (x, y) => {
    const [u, v] = [(x + 0.5) * scale, (y + 0.5) * scale];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const line = (r: number): number => at(column, r) + (u - column) * (at(column + 1, r) - at(column, r));
    return line(row) + (v - row) * (line(row + 1) - line(row));
  };
}
