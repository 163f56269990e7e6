// A folder of classified pictures, and a set in memory, for tests.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeRgb } from '../images/write-image.ts';
import { openImageFolder } from './image-folder.ts';
import type { LabelledImages } from './image-set.ts';
import { picture, temporaryFolder } from './tiny-voc.test.fixture.ts';

/** Puts a PNG of one colour, or of gradients, at `path`. */
export async function putPicture(path: string, width = 40, height = 30, shade = 0): Promise<void> {
  const image = picture(width, height, (x, y) => [(5 * x) % 256, (7 * y) % 256, shade]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await encodeRgb(image, { format: 'png' }));
}

/** Pictures of different shapes: 4 of "desk lamp", 3 of "mug", and what file managers leave behind. */
export async function tinyFolder(): Promise<string> {
  const root = join(await temporaryFolder(), 'my pictures');
  for (let i = 0; i < 7; i++) {
    const path = i < 4 ? join('desk lamp', `lamp ${i}.png`) : join('mug', `${i}.png`);
    await putPicture(join(root, path), 40 + 4 * i, 60 - 5 * i, 30 * i);
  }
  for (const path of ['.DS_Store', 'README.txt', join('mug', '.hidden.png'), join('mug', 'Thumbs.db')]) {
    await writeFile(join(root, path), 'no picture');
  }
  return root;
}

export const tinySet = async (): Promise<LabelledImages> => openImageFolder(await tinyFolder());

/** Grey 4×4 images in memory: image i holds 10·i + pixel; the classes "even" and "odd" in turn. */
export function memorySet(count: number): LabelledImages {
  return {
    name: 'numbers',
    ids: Array.from({ length: count }, (_, i) => `n${i}`),
    pixels: {
      kind: 'memory',
      data: Uint8Array.from({ length: 16 * count }, (_, i) => 10 * Math.floor(i / 16) + (i % 16)),
      height: 4,
      width: 4,
      channels: 1,
    },
    classes: ['even', 'odd'],
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
  };
}
