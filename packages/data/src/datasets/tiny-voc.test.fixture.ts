// What the tests of this package share: temporary folders, and a VOC folder of a few synthetic pictures.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { IndexMask } from '../images/index-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import { encodeIndexMask, encodeRgb } from '../images/write-image.ts';

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
  encoded ??= encodeAll();
  for (const [path, content] of await encoded) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return {
    root,
    imagePath: (id) => join(root, imageOf(id)),
    maskPath: (id) => join(root, maskPathOf(id)),
  };
}

const imageOf = (id: string): string => join('JPEGImages', `${id}.jpg`);
const maskPathOf = (id: string): string => join('SegmentationClass', `${id}.png`);
const augPathOf = (id: string): string => join('SegmentationClassAug', `${id}.png`);

/** Encoded once for all tests of a file. */
let encoded: Promise<Map<string, Uint8Array | string>> | undefined;

async function encodeAll(): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>();
  for (const [i, id] of [...'abcdefg'].entries()) {
    const [width, height] = [40 + 4 * i, 30 + 3 * i];
    const image = picture(width, height, (x, y) => [4 * x, 5 * y, 30 * i]);
    files.set(imageOf(id), await encodeRgb(image, { format: 'jpeg' }));
    const mask = maskOf(width, height, (x, y) => (x < 5 ? 255 : y < 10 ? 0 : i + 1));
    files.set(id === 'g' ? augPathOf(id) : maskPathOf(id), encodeIndexMask(mask));
  }
  files.set(augPathOf('a'), encodeIndexMask(maskOf(40, 30, () => 20)));
  const lists = join('ImageSets', 'Segmentation');
  files.set(join(lists, 'train.txt'), 'a\nb\nc\nd\n');
  files.set(join(lists, 'val.txt'), 'e\r\nf\r\n');
  files.set(join(lists, 'trainval.txt'), 'a\nb\nc\nd\ne\nf');
  files.set(join(lists, 'trainaug.txt'), 'a\nb\nc\nd\ng\n');
  return files;
}
