// Surfaces that keep a backdrop from being flat colour.
import type { Random } from '@plumbline/data';

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** An SVG rectangle filled with a colour, or a vertical gradient from `top` to `bottom`. */
export function fill(area: Area, top: string, bottom = top): string {
  const id = `fill-${[area.x, area.y, area.width, area.height].map(Math.round).join('-')}`;
  const box = `x="${area.x}" y="${area.y}" width="${area.width}" height="${area.height}"`;
  return (
    `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop stop-color="${top}"/>` +
    `<stop offset="1" stop-color="${bottom}"/></linearGradient><rect ${box} fill="url(#${id})"/>`
  );
}

/**
 * Cloudy light and dark over an area. The frequencies are in 1/pixel: a low one along x and a high one along y gives
 * waves or wood grain, two equal ones give grass or asphalt.
 */
export function grain(
  random: Random,
  area: Area,
  frequencyX: number,
  frequencyY: number,
  strength: number,
): string {
  const id = `grain-${random.integer(0, 1_000_000)}`;
  const box = `x="${area.x}" y="${area.y}" width="${area.width}" height="${area.height}"`;
  const layer = (colour: number, sign: 1 | -1): string =>
    `<filter id="${id}${sign}" filterUnits="userSpaceOnUse" ${box}>` +
    `<feTurbulence type="fractalNoise" baseFrequency="${frequencyX} ${frequencyY}" numOctaves="3" seed="${random.integer(1, 9999)}"/>` +
    `<feColorMatrix values="0 0 0 0 ${colour} 0 0 0 0 ${colour} 0 0 0 0 ${colour} ${sign * 3 * strength} 0 0 0 ${-sign * 1.5 * strength}"/>` +
    `</filter><rect ${box} filter="url(#${id}${sign})"/>`;
  return layer(1, 1) + layer(0, -1);
}

/** A row of overlapping blobs that stand on the bottom of an area: bushes and far trees. */
export function blobs(random: Random, area: Area, count: number, paint: (random: Random) => string): string {
  return Array.from({ length: count }, () => {
    const radius = area.height * random.uniform(0.3, 0.55);
    const cx = area.x + random.uniform(0, area.width);
    const cy = area.y + area.height - radius * random.uniform(0.6, 1.2);
    const rx = radius * random.uniform(1, 1.7);
    return `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${radius}" fill="${paint(random)}"/>`;
  }).join('');
}

/** A drawing out of focus, `radius` pixels, and as a whole somewhat transparent. */
export function blurred(content: string, radius: number, opacity: number): string {
  const id = `blur-${radius.toFixed(2).replace('.', '-')}`;
  const filter = `<filter id="${id}" x="-20%" y="-40%" width="140%" height="180%"><feGaussianBlur stdDeviation="${radius}"/></filter>`;
  return `${filter}<g opacity="${opacity}"><g filter="url(#${id})">${content}</g></g>`;
}
