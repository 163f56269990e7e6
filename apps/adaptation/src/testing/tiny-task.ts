/** Two folders of 8×8 pictures in two classes: bright above or below, and in the target all is darker. */
import { encodeRgb } from '@plumbline/data';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateConfig } from '../config/load-config.ts';
import type { Config, ConfigInput } from '../config/config.ts';

const SIZE = 8;

/** Picture `index` of a class; every one is another. */
function picture(isBelow: boolean, brightness: number, index: number): Uint8Array {
  const data = new Uint8Array(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const lit = y >= SIZE / 2 === isBelow ? brightness : 0.1;
      const value = 255 * lit * (0.7 + 0.3 * Math.sin(1 + 3 * x + 5 * y + 7 * index));
      data.fill(Math.round(value), 3 * (y * SIZE + x), 3 * (y * SIZE + x) + 3);
    }
  }
  return data;
}

/** Folder with `source` and `target` of `count` pictures a class; the path has a space in it. */
export async function tinyTask(count = 12): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tiny task '));
  for (const [domain, brightness] of [
    ['source', 1],
    ['target', 0.5],
  ] as const) {
    for (const name of ['above', 'below']) {
      const folder = join(root, domain, name);
      await mkdir(folder, { recursive: true });
      for (let index = 0; index < count; index++) {
        const data = picture(name === 'below', brightness, index + (domain === 'target' ? 100 : 0));
        const image = { width: SIZE, height: SIZE, data };
        await writeFile(join(folder, `${index} .png`), await encodeRgb(image, { format: 'png' }));
      }
    }
  }
  return root;
}

/** A run of seconds on it; `over` replaces whole sections' options. */
export function tinyConfig(root: string, over: ConfigInput = {}): Config {
  const sections: ConfigInput = {
    task: { name: 'folders', source: join(root, 'source'), target: join(root, 'target') },
    data: { sourceValidationShare: 0.25 },
    images: { resize: 28, crop: 'none', flip: 0.5, workers: 0 },
    model: {
      backbone: { name: 'digits' },
      recipe: 'wa+gn',
      groups: 2,
      bottleneck: { width: 8, dropout: 0.2 },
    },
    method: { name: 'dann', hidden: 8, reversalSteps: 4 },
    optimizer: { learningRate: 0.05, backboneScale: 1 },
    train: { steps: 6, sourceBatch: 4, targetBatch: 3, logEvery: 2, evaluateEvery: 3, checkpointEvery: 2 },
    evaluate: { batchSize: 5, analysis: 'brief' },
  };
  const merged = Object.fromEntries(
    [...new Set([...Object.keys(sections), ...Object.keys(over)])].map((key) => {
      const name = key as keyof ConfigInput;
      const [below, above] = [sections[name], over[name]];
      return [
        key,
        name === 'method' || typeof above !== 'object'
          ? (above ?? below)
          : { ...(below as object), ...above },
      ];
    }),
  );
  return validateConfig(merged, 'test');
}
