// Backdrops inside a house; everything in them is background.
import type { Random } from '@plumbline/data';
import type { Frame } from './outdoors.ts';
import { hue, pick } from './shapes.ts';
import { blobs, blurred, fill, grain } from './textures.ts';

/** A wooden surface from `edge` down, with its front board. */
function woodenTop(random: Random, { width, height }: Frame, edge: number): string {
  const [h, s, l] = pick(random, [
    [28, 42, 46],
    [32, 34, 62],
    [18, 38, 32],
    [36, 18, 78],
  ] as const);
  const top = { x: 0, y: edge, width, height: height - edge };
  const front = { x: 0, y: edge + (height - edge) * 0.78, width, height: (height - edge) * 0.22 };
  return (
    fill(top, hue(random, h, s, l + 6, 4), hue(random, h, s, l - 6, 4)) +
    grain(random, top, 0.015, 0.35, 0.26) +
    fill(front, hue(random, h, s, l - 16, 3), hue(random, h, s, l - 22, 3))
  );
}

export function kitchen(random: Random, frame: Frame, edge: number): string {
  const { width } = frame;
  const wall = { x: 0, y: 0, width, height: edge };
  const h = pick(random, [200, 44, 160, 20, 340] as const);
  const joint = hue(random, h, 8, 90, 4);
  const size = random.uniform(17, 27);
  const brick = random.uniform(0, 1) < 0.5;
  let tiles = '';
  for (let row = 0; row * size * 0.8 < edge; row++) {
    const y = edge - (row + 1) * size * 0.8;
    for (let x = brick && row % 2 ? -size / 2 : 0; x < width; x += size) {
      tiles += `<rect x="${x + 0.7}" y="${y + 0.7}" width="${size - 1.4}" height="${size * 0.8 - 1.4}" fill="${hue(random, h, 22, 76, 4)}"/>`;
    }
  }
  return fill(wall, joint) + tiles + grain(random, wall, 0.012, 0.012, 0.12) + woodenTop(random, frame, edge);
}

export function livingRoom(random: Random, frame: Frame, edge: number): string {
  const { width } = frame;
  const wall = { x: 0, y: 0, width, height: edge };
  const h = pick(random, [36, 200, 150, 12, 250] as const);
  let pattern = '';
  if (random.uniform(0, 1) < 0.5) {
    const step = random.uniform(9, 20);
    for (let x = 0; x < width; x += step) {
      pattern += `<rect x="${x}" y="0" width="${step / 2}" height="${edge}" fill="#fff" fill-opacity=".13"/>`;
    }
  } else {
    const x = random.uniform(0.05, 0.7) * width;
    const picture = hue(random, 180, 40, 55, 60);
    pattern =
      `<rect x="${x}" y="8" width="34" height="26" fill="#6b4a2b"/><rect x="${x + 2.5}" y="10.5" width="29" height="21" fill="${picture}"/>` +
      `<path d="M${x + 2.5} 31.5 l9 -11 l7 7 l6 -9 l7 13 Z" fill="#2e4a3a"/>`;
  }
  return (
    fill(wall, hue(random, h, 26, 80, 6), hue(random, h, 26, 66, 6)) +
    grain(random, wall, 0.015, 0.015, 0.14) +
    pattern +
    woodenTop(random, frame, edge)
  );
}

export function windowSill(random: Random, frame: Frame, edge: number): string {
  const { width, height } = frame;
  const view = { x: 0, y: 0, width, height: edge };
  const bar = width * random.uniform(0.3, 0.7);
  const garden = { x: 0, y: edge * 0.5, width, height: edge * 0.5 };
  const foliage = blobs(random, garden, 14, (r) => hue(r, 130, 22, 58, 9));
  const sill = { x: 0, y: edge, width, height: height - edge };
  const frames = (x: number, thickness: number): string =>
    `<rect x="${x}" y="0" width="${thickness}" height="${edge}" fill="#f3f1ec"/><rect x="${x + thickness - 2}" y="0" width="2" height="${edge}" fill="#b9b4a8"/>`;
  return (
    fill(view, hue(random, 208, 60, 72, 6), hue(random, 200, 40, 88, 5)) +
    blurred(foliage, 2.5, 0.85) +
    frames(0, 9) +
    frames(bar, 7) +
    frames(width - 9, 9) +
    fill(sill, hue(random, 40, 10, 88, 4), hue(random, 35, 12, 66, 4)) +
    grain(random, sill, 0.02, 0.3, 0.1)
  );
}
