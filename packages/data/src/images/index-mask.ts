// Masks as class indices. A mask PNG must never pass through an ordinary image decoder: those expand the palette to
// colours, and the indices, which are the labels, are gone.
import { decode, type DecodedPng } from 'fast-png';
import { DataError, reason } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';

/** One class index per pixel, row-major [height, width]; the ignore label (255 in VOC) marks void. */
export interface IndexMask {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Which values a mask may hold: `0 … classCount − 1`, and `ignoreLabel` for pixels that count nowhere. */
export interface LabelRange {
  classCount: number;
  ignoreLabel: number;
}

/** 0…20 and 255. */
export const VOC_LABELS: LabelRange = { classCount: 21, ignoreLabel: 255 };

/**
 * Reads a mask as exact indices from a palette or grey PNG of 1, 2, 4 or 8 bits; palettes and transparency are not
 * looked at.
 *
 * @throws DataError when the file is missing or corrupt, holds colours instead of indices, or a value outside `labels`.
 */
export async function readIndexMask(path: string, labels: LabelRange = VOC_LABELS): Promise<IndexMask> {
  const mask = decodeIndices(await readBytes(path, 'Mask'), path, labels);
  checkLabels(path, mask, labels);
  return mask;
}

/** A mask that holds colours instead of indices. */
export class ColourMaskError extends DataError {}

/** As `readIndexMask`, from the bytes of a file, whatever the values; `path` and `labels` stand in errors. */
export function decodeIndices(bytes: Uint8Array, path: string, labels: LabelRange): IndexMask {
  refuseInterlacedBits(path, bytes);
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new DataError(
      `Mask ${path} could not be decoded (${reason(error)}): the file is corrupt, truncated or no PNG; ` +
        `copy it again from its source.`,
      { cause: error },
    );
  }
  if (png.channels !== 1 || png.depth === 16) throw notIndices(path, png, labels);
  return { width: png.width, height: png.height, data: unpack(png) };
}

/** The decoder garbles these. Bytes 24 and 28 of a PNG are the bits per sample and the interlace method. */
function refuseInterlacedBits(path: string, file: Uint8Array): void {
  const isPng = String.fromCharCode(...file.subarray(1, 4)) === 'PNG' && file.length > 28;
  const depth = file[24] as number;
  if (!isPng || depth >= 8 || file[28] === 0) return;
  throw new DataError(
    `Mask ${path} is an interlaced PNG of ${depth} bits per pixel, which cannot be read exactly: ` +
      `save it again without interlacing or with 8 bits.`,
  );
}

/** Rows of fewer than 8 bits per pixel come packed, each starting on a byte, the leftmost pixel in the high bits. */
function unpack({ width, height, depth, data }: DecodedPng): Uint8Array {
  if (depth === 8) return Uint8Array.from(data);
  const pixelsPerByte = 8 / depth;
  const bytesPerRow = Math.ceil(width / pixelsPerByte);
  const indices = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const packed = data[y * bytesPerRow + Math.floor(x / pixelsPerByte)] ?? 0;
      const shift = 8 - depth * ((x % pixelsPerByte) + 1);
      indices[y * width + x] = (packed >> shift) & ((1 << depth) - 1);
    }
  }
  return indices;
}

/** Refuses values outside `labels`; `path` stands in the error. */
export function checkLabels(path: string, mask: IndexMask, { classCount, ignoreLabel }: LabelRange): void {
  const bad = mask.data.findIndex((label) => label >= classCount && label !== ignoreLabel);
  if (bad < 0) return;
  throw new DataError(
    `Mask ${path} holds the value ${mask.data[bad]} first at pixel ${position(bad, mask.width)}, but only class indices ` +
      `0…${classCount - 1} and ${ignoreLabel} (void) are allowed: remap its values, or give the data set as many ` +
      `classes as the masks use.`,
  );
}

function notIndices(path: string, png: DecodedPng, { classCount, ignoreLabel }: LabelRange): DataError {
  const { channels, depth, data, width } = png;
  const colours = channels >= 3 ? 3 : 1;
  let first = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && i % channels < colours) {
      first = Math.floor(i / channels);
      break;
    }
  }
  const value = data.subarray(first * channels, first * channels + colours).join(', ');
  const kind =
    { 1: 'grey image', 2: 'grey image with alpha', 3: 'RGB image', 4: 'RGBA image' }[channels] ?? 'image';
  return new ColourMaskError(
    `Mask ${path} is ${depth === 8 ? 'an' : 'a'} ${depth}-bit ${kind} (value ${colours === 3 ? `rgb(${value})` : value} first at pixel ` +
      `${position(first, width)}), but a palette or 8-bit grey PNG of class indices 0…${classCount - 1} and ` +
      `${ignoreLabel} (void) is wanted: convert its colours to indices before training.`,
  );
}

const position = (index: number, width: number): string =>
  `(x ${index % width}, y ${Math.floor(index / width)})`;
