// Objects are lists of parts, so that the picture and the mask come from the same outlines.
import type { Random } from '@plumbline/data';

/** A colour, or a vertical gradient from the top of the part to its bottom. */
export type Paint = string | readonly [top: string, bottom: string];

export interface Part {
  /** An SVG element without its end, such as `circle cx="0" cy="0" r="5"`; filled, never stroked. */
  readonly shape: string;
  readonly fill: Paint;
  /** 0…1. Default 1. */
  readonly opacity?: number;
  /** Lies inside the outline (a window, a highlight) or belongs to the background (a shadow): not in the mask. */
  readonly unmasked?: true;
}

/** Some object around the origin: x grows to the right, y downwards, and it stands on y = 0. */
export type DrawObject = (random: Random) => Part[];

export const ellipse = (cx: number, cy: number, rx: number, ry = rx): string =>
  `ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}"`;

export const rectangle = (x: number, y: number, width: number, height: number, radius = 0): string =>
  `rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"`;

export const path = (d: string): string => `path d="${d}"`;

/** A part that the mask does not see. */
export const unmasked = (shape: string, fill: Paint, opacity = 1): Part => ({
  shape,
  fill,
  opacity,
  unmasked: true,
});

/** A soft dark patch on the ground under an object of this half-width. */
export const shadow = (halfWidth: number, depth = halfWidth * 0.12): Part =>
  unmasked(ellipse(halfWidth * 0.08, 0, halfWidth * 1.08, depth), '#0b1020', 0.32);

export const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[random.integer(0, choices.length - 1)] as T;

/** `hsl()` with a little scatter, so that no two objects share a colour. */
export function hue(random: Random, h: number, s: number, l: number, scatter = 8): string {
  const around = (value: number, spread: number): number =>
    Math.round(value + random.uniform(-spread, spread));
  const percent = (value: number): number => Math.min(97, Math.max(3, around(value, scatter)));
  return `hsl(${around(h, scatter)}, ${percent(s)}%, ${percent(l)}%)`;
}

/** The parts as the picture shows them. `prefix` keeps the gradients' names apart. */
export function pictureSvg(parts: readonly Part[], prefix: string): string {
  return parts
    .map(({ shape, fill, opacity = 1 }, i) => {
      if (typeof fill === 'string') return `<${shape} fill="${fill}" fill-opacity="${opacity}"/>`;
      const id = `${prefix}-${i}`;
      const stops = `<stop stop-color="${fill[0]}"/><stop offset="1" stop-color="${fill[1]}"/>`;
      return (
        `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops}</linearGradient>` +
        `<${shape} fill="url(#${id})" fill-opacity="${opacity}"/>`
      );
    })
    .join('');
}

/** The outline of the parts in one grey value, without antialiasing. */
export function outlineSvg(parts: readonly Part[], grey: number): string {
  const shapes = parts.filter((part) => !part.unmasked).map(({ shape }) => `<${shape}/>`);
  return `<g fill="rgb(${grey},${grey},${grey})" shape-rendering="crispEdges">${shapes.join('')}</g>`;
}
