/** Two folders of 8×8 pictures in two classes, bright above or below, and a network that learns them in seconds. */
import { encodeRgb } from '@plumbline/data';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, ConfigInput } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';

const SIZE = 8;
/** By class index. */
export const TINY_CLASSES = ['above', 'below'];

/** Picture `index` of a class; every one is another. */
export function tinyPicture(isBelow: boolean, index: number, size = SIZE): Uint8Array {
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const lit = y >= size / 2 === isBelow ? 1 : 0.1;
      const value = 255 * lit * (0.7 + 0.3 * Math.sin(1 + 3 * x + 5 * y + 7 * index));
      data.fill(Math.round(value), 3 * (y * size + x), 3 * (y * size + x) + 3);
    }
  }
  return data;
}

export async function writePicture(
  path: string,
  isBelow: boolean,
  index: number,
  size = SIZE,
): Promise<void> {
  const image = { width: size, height: size, data: tinyPicture(isBelow, index, size) };
  await writeFile(path, await encodeRgb(image, { format: 'png' }));
}

/** Folder with `train` and `test` of `count` pictures a class; the path has a space in it. */
export async function tinyImages(count = 6): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tiny images '));
  for (const [part, first] of [
    ['train', 0],
    ['test', 100],
  ] as const) {
    for (const name of TINY_CLASSES) {
      const folder = join(root, part, name);
      await mkdir(folder, { recursive: true });
      for (let index = 0; index < count; index++) {
        await writePicture(join(folder, `${index} .png`), name === 'below', first + index);
      }
    }
  }
  return root;
}

/** A run of seconds on it: three steps an epoch; `over` replaces single options of sections, and whole choices by name. */
export function tinyConfig(root: string, over: ConfigInput = {}): Config {
  const sections = {
    dataset: { name: 'folders', train: join(root, 'train'), test: join(root, 'test') },
    images: { crop: 'random', cropSize: SIZE, padding: 1, workers: 0 },
    model: {
      network: { name: 'cifar-resnet', depth: 8 },
      recipe: 'wa+gn',
      normalization: { groups: 4 },
    },
    optimizer: { learningRate: 0.05, ratePerImages: null },
    train: { epochs: 2, batchSize: 4, logEvery: 1, evaluateEvery: 1, checkpointEvery: 1, capture: 'never' },
    evaluate: { batchSize: 5, inside: 'none' },
  } satisfies ConfigInput;
  const below: Readonly<Record<string, unknown>> = sections;
  const above: Readonly<Record<string, unknown>> = over;
  const merged = Object.fromEntries(
    [...new Set([...Object.keys(below), ...Object.keys(above)])].map((key) => {
      const value = above[key];
      const isWhole = key === 'dataset' || typeof value !== 'object';
      return [key, isWhole ? (value ?? below[key]) : { ...(below[key] as object | undefined), ...value }];
    }),
  );
  return validateConfig(merged, 'test');
}
