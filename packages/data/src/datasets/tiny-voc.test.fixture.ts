// What the tests of this package share: temporary folders, and a VOC folder of a few synthetic pictures.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { IndexMask } from '../images/index-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import { writeIndexMask, writeRgb } from '../images/write-image.ts';

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A picture from a function of the pixel. */
export function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), 3 * i);
  return { width, height, data };
}

/** A mask from a function of the pixel. */
export function maskOf(width: number, height: number, label: (x: number, y: number) => number): IndexMask {
  const data = Uint8Array.from({ length: width * height }, (_, i) => label(i % width, Math.floor(i / width)));
  return { width, height, data };
}

/** A JPEG with some structure, so that cutting or damaging it hurts. */
export const noisyJpeg = (width = 64, height = 48): Promise<Uint8Array> => {
  const image = picture(width, height, (x, y) => [(x * 37 + y * 91) % 256, (x * y) % 256, (x ^ y) % 256]);
  return sharp(image.data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
};

export interface TinyVoc {
  /** The folder VOC2012. */
  root: string;
  imagePath(id: string): string;
  maskPath(id: string): string;
}

/**
 * Six pictures a…f of different sizes: a–d are train, e and f val; trainaug adds g, whose mask lies in
 * SegmentationClassAug, where a has a second mask too.
 */
export async function tinyVoc(): Promise<TinyVoc> {
  const root = join(await temporaryFolder(), 'VOCdevkit', 'VOC2012');
  const imagePath = (id: string): string => join(root, 'JPEGImages', `${id}.jpg`);
  const maskPath = (id: string): string => join(root, 'SegmentationClass', `${id}.png`);
  const augPath = (id: string): string => join(root, 'SegmentationClassAug', `${id}.png`);
  for (const [i, id] of [...'abcdefg'].entries()) {
    const [width, height] = [40 + 4 * i, 30 + 3 * i];
    await writeRgb(
      imagePath(id),
      picture(width, height, (x, y) => [4 * x, 5 * y, 30 * i]),
    );
    const mask = maskOf(width, height, (x, y) => (x < 5 ? 255 : y < 10 ? 0 : i + 1));
    await writeIndexMask(id === 'g' ? augPath(id) : maskPath(id), mask);
  }
  await writeIndexMask(
    augPath('a'),
    maskOf(40, 30, () => 20),
  );
  const lists = join(root, 'ImageSets', 'Segmentation');
  await mkdir(lists, { recursive: true });
  await writeFile(join(lists, 'train.txt'), 'a\nb\nc\nd\n');
  await writeFile(join(lists, 'val.txt'), 'e\r\nf\r\n');
  await writeFile(join(lists, 'trainval.txt'), 'a\nb\nc\nd\ne\nf');
  await writeFile(join(lists, 'trainaug.txt'), 'a\nb\nc\nd\ng\n');
  return { root, imagePath, maskPath };
}
