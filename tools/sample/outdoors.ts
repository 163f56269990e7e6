// Backdrops under the sky; everything in them is background.
import type { Random } from '@plumbline/data';
import { hue, pick } from './shapes.ts';
import { blobs, blurred, fill, grain } from './textures.ts';

export interface Frame {
  width: number;
  height: number;
}

/** A sky of some hour of the day, with clouds. */
export function sky(random: Random, { width, height }: Frame): string {
  const [top, bottom] = pick(random, [
    ['#4a8fd6', '#cfe6f7'],
    ['#2f74c0', '#a9d2f0'],
    ['#8fa3b8', '#dfe5ea'],
    ['#5b7fc4', '#f6d9bd'],
    ['#7c93b5', '#f3c39b'],
  ] as const);
  const clouds = Array.from({ length: random.integer(0, 4) }, () => {
    const size = width * random.uniform(0.18, 0.4);
    const area = {
      x: random.uniform(-0.1, 0.9) * width,
      y: random.uniform(0, 0.75) * height,
      width: size,
      height: size * 0.26,
    };
    return blurred(
      blobs(random, area, 9, () => '#fff'),
      size * 0.035,
      random.uniform(0.45, 0.85),
    );
  });
  return fill({ x: 0, y: 0, width, height }, top, bottom) + clouds.join('');
}

/** A waving line from left to right at about `y`, closed at the bottom. */
export function ridge(
  random: Random,
  { width, height }: Frame,
  y: number,
  swing: number,
  colour: string,
): string {
  const at = (): number => y + random.uniform(-swing, swing);
  const curve = `Q${width * 0.2} ${at()} ${width * 0.4} ${at()} T${width * 0.75} ${at()} T${width} ${at()}`;
  return `<path d="M0 ${at()} ${curve} L${width} ${height} L0 ${height} Z" fill="${colour}"/>`;
}

export function meadow(random: Random, frame: Frame, horizon: number): string {
  const { width, height } = frame;
  const ground = { x: 0, y: horizon, width, height: height - horizon };
  const [h, s] = pick(random, [
    [96, 42],
    [84, 44],
    [112, 36],
    [70, 40],
  ] as const);
  const far = ridge(random, frame, horizon - height * 0.06, height * 0.05, hue(random, h + 40, 22, 56));
  const trees = { x: 0, y: horizon - height * 0.12, width, height: height * 0.13 };
  const flowers = Array.from({ length: random.integer(0, 26) }, () => {
    const y = random.uniform(horizon + 6, height);
    return `<circle cx="${random.uniform(0, width)}" cy="${y}" r="${0.5 + (y / height) * 0.9}" fill="${pick(random, ['#fff', '#f6d743', '#e58fb1'] as const)}"/>`;
  });
  return (
    sky(random, { width, height: horizon + 4 }) +
    far +
    blobs(random, trees, random.integer(0, 12), (r) => hue(r, h + 20, 34, 28)) +
    fill(ground, hue(random, h, s, 50, 5), hue(random, h, s, 32, 5)) +
    grain(random, ground, 0.16, 0.2, 0.3) +
    flowers.join('')
  );
}

export function sea(random: Random, frame: Frame, horizon: number): string {
  const { width, height } = frame;
  const water = { x: 0, y: horizon, width, height: height - horizon };
  const h = pick(random, [198, 205, 214, 186] as const);
  const shore =
    random.uniform(0, 1) < 0.6 ? ridge(random, frame, horizon - 5, 6, hue(random, 140, 16, 46)) : '';
  const glints = Array.from({ length: 16 }, () => {
    const y = random.uniform(horizon + 3, height);
    const length = random.uniform(4, 16) * (0.4 + y / height);
    return `<rect x="${random.uniform(0, width)}" y="${y}" width="${length}" height="1" rx=".5" fill="#fff" fill-opacity=".35"/>`;
  });
  return (
    sky(random, { width, height: horizon + 2 }) +
    shore +
    fill(water, hue(random, h, 44, 58, 5), hue(random, h + 6, 56, 28, 5)) +
    grain(random, water, 0.03, 0.2, 0.38) +
    glints.join('')
  );
}

export function street(random: Random, frame: Frame, kerb: number): string {
  const { width, height } = frame;
  const road = { x: 0, y: kerb, width, height: height - kerb };
  const pavement = { x: 0, y: kerb - 9, width, height: 10 };
  let houses = '';
  for (let x = -10; x < width;) {
    const house = random.uniform(26, 48);
    const top = kerb - random.uniform(0.35, 0.75) * kerb;
    const wall = hue(random, pick(random, [18, 32, 210, 350, 45] as const), 24, 58, 12);
    houses += `<rect x="${x}" y="${top}" width="${house}" height="${kerb - top}" fill="${wall}"/>`;
    for (let wx = x + 4; wx < x + house - 7; wx += 9) {
      for (let wy = top + 6; wy < kerb - 22; wy += 13) {
        houses += `<rect x="${wx}" y="${wy}" width="5" height="7" fill="${pick(random, ['#35475a', '#4d6378', '#f0dca0'] as const)}"/>`;
      }
    }
    x += house;
  }
  const lane = kerb + road.height * random.uniform(0.5, 0.62);
  let dashes = '';
  for (let x = random.uniform(-20, 0); x < width; x += 34) {
    dashes += `<rect x="${x}" y="${lane}" width="19" height="2.4" fill="#efe9d8" fill-opacity=".85"/>`;
  }
  return (
    sky(random, { width, height: kerb }) +
    houses +
    fill(pavement, '#b9b4aa', '#948f86') +
    fill(road, hue(random, 220, 5, 42, 4), hue(random, 220, 5, 30, 4)) +
    grain(random, road, 0.4, 0.4, 0.2) +
    dashes
  );
}

export function park(random: Random, frame: Frame, horizon: number): string {
  const { width, height } = frame;
  const bend = random.uniform(0.2, 0.8) * width;
  const trail =
    `<path d="M${bend} ${horizon} Q${bend - 14} ${horizon + 20} ${width * random.uniform(0.05, 0.35)} ${height} ` +
    `L${width * random.uniform(0.6, 0.95)} ${height} Q${bend + 22} ${horizon + 20} ${bend + 6} ${horizon} Z" fill="${hue(random, 38, 28, 66, 5)}"/>`;
  const trees = Array.from({ length: random.integer(1, 4) }, () => {
    const x = random.uniform(0, width);
    const crown = height * random.uniform(0.2, 0.34);
    const foot = horizon + random.uniform(2, 12);
    const trunk = `<rect x="${x - 2.5}" y="${foot - crown}" width="5" height="${crown}" fill="${hue(random, 28, 30, 26)}"/>`;
    const area = { x: x - crown * 0.5, y: foot - crown * 1.9, width: crown, height: crown };
    return trunk + blobs(random, area, 9, (r) => hue(r, 108, 38, 34, 10));
  });
  return meadow(random, frame, horizon) + trail + trees.join('');
}
