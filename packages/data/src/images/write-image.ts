import { extname } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { atomicWrite } from '../atomic-write.ts';
import type { IndexMask } from './index-mask.ts';
import type { RgbImage } from './rgb-image.ts';
import { vocPalette } from '../datasets/voc-classes.ts';

/** An 8-bit palette PNG whose pixel values are the indices, the form in which VOC distributes and expects masks. */
export function encodeIndexMask(
  { width, height, data }: IndexMask,
  palette: Uint8Array = vocPalette(),
): Uint8Array {
  if (data.length !== width * height) {
    throw new RangeError(`A mask of ${width}×${height} needs ${width * height} values, got ${data.length}.`);
  }
  const colours = Array.from({ length: 256 }, (_, i) => [...palette.subarray(3 * i, 3 * i + 3)]);
  return encode({ width, height, data, depth: 8, channels: 1, palette: colours }, { zlib: { level: 6 } });
}

/**
 * Writes a mask or a prediction as a palette PNG, atomically.
 *
 * @throws DataError when it cannot be written.
 */
export async function writeIndexMask(path: string, mask: IndexMask, palette?: Uint8Array): Promise<void> {
  await atomicWrite(path, encodeIndexMask(mask, palette));
}

export interface EncodeOptions {
  format: 'png' | 'jpeg';
  /** JPEG only, 1 to 100. Default 85. */
  quality?: number;
}

/** A picture as the bytes of a file. */
export async function encodeRgb(
  image: RgbImage,
  { format, quality = 85 }: EncodeOptions,
): Promise<Uint8Array> {
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const pipeline = sharp(image.data, { raw });
  return format === 'png' ? pipeline.png().toBuffer() : pipeline.jpeg({ quality, mozjpeg: true }).toBuffer();
}

/**
 * Writes a picture atomically, as JPEG where the name ends in .jpg or .jpeg, else as PNG.
 *
 * @throws DataError when it cannot be written.
 */
export async function writeRgb(path: string, image: RgbImage, quality?: number): Promise<void> {
  const format = ['.jpg', '.jpeg'].includes(extname(path).toLowerCase()) ? 'jpeg' : 'png';
  await atomicWrite(path, await encodeRgb(image, { format, ...(quality === undefined ? {} : { quality }) }));
}
