// How many pixels each class has, counted once: reading all masks of a large data set takes minutes, so the counts are
// kept in a cache under a name that says what was counted.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../atomic-write.ts';
import { readIndexMask, type LabelRange } from '../images/index-mask.ts';
import type { SampleFiles, SegmentationDataset } from './segmentation-dataset.ts';

/** What the masks hold, by class. */
export interface ClassPixels {
  /** Pixels of the class. */
  pixels: number[];
  /** Valid pixels, of any class, of the images that hold the class. */
  imagePixels: number[];
  /** Masks counted. */
  images: number;
}

export interface ClassPixelsOptions {
  /** Only the first so many masks. Default: all. */
  limit?: number;
  /** Folder where counts are kept from run to run. Default: none are kept. */
  cache?: string;
  /** Called after each mask that is read; never when the cache knows the counts. */
  onMask?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Raised when what is counted, or how, changes: older counts are then no longer found. */
const VERSION = 1;

/**
 * Counts the pixels of each class in the masks of `dataset`; void pixels do not count. Counts are found again as long as
 * the list of masks, their sizes in bytes, their times of change, and the classes are the same.
 *
 * @throws DataError for a mask that cannot be read, or a cache that cannot be written; the signal's reason when it is
 * aborted.
 */
export async function countClassPixels(
  dataset: Pick<SegmentationDataset, 'files' | 'classes' | 'ignoreLabel'>,
  { limit, cache, onMask, signal }: ClassPixelsOptions = {},
): Promise<ClassPixels> {
  const files = dataset.files.slice(0, limit);
  const labels = { classCount: dataset.classes.length, ignoreLabel: dataset.ignoreLabel };
  const path =
    cache === undefined ? null : join(cache, `class-pixels-${await contentKey(files, labels)}.json`);
  const known = path === null ? null : await readCounts(path, files.length, labels.classCount);
  if (known !== null) return known;

  const counts: ClassPixels = {
    pixels: Array<number>(labels.classCount).fill(0),
    imagePixels: Array<number>(labels.classCount).fill(0),
    images: 0,
  };
  for (const file of files) {
    signal?.throwIfAborted();
    const mask = await readIndexMask(file.mask, labels);
    addMask(counts, mask.data, labels);
    onMask?.(counts.images, files.length);
  }
  if (path !== null) await atomicWrite(path, new TextEncoder().encode(`${JSON.stringify(counts)}\n`));
  return counts;
}

function addMask(counts: ClassPixels, mask: Uint8Array, { classCount, ignoreLabel }: LabelRange): void {
  const histogram = new Float64Array(256);
  for (const label of mask) histogram[label] = (histogram[label] as number) + 1;
  const valid = mask.length - (histogram[ignoreLabel] as number);
  for (let c = 0; c < classCount; c++) {
    const here = histogram[c] as number;
    if (here === 0) continue;
    counts.pixels[c] = (counts.pixels[c] as number) + here;
    counts.imagePixels[c] = (counts.imagePixels[c] as number) + valid;
  }
  counts.images++;
}

async function contentKey(files: readonly SampleFiles[], labels: LabelRange): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, labels]));
  for (const { mask } of files) {
    // A missing mask has a key too: counting then says what is wrong with it.
    const { size, mtimeMs } = await stat(mask).catch(() => ({ size: -1, mtimeMs: -1 }));
    hash.update(JSON.stringify([mask, size, mtimeMs]));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Counts from the cache; null when there are none, or none that could be these. */
async function readCounts(path: string, images: number, classCount: number): Promise<ClassPixels | null> {
  try {
    const counts = JSON.parse(await readFile(path, 'utf8')) as Partial<ClassPixels>;
    const isWhole = (list: number[] | undefined): boolean =>
      list?.length === classCount && list.every((value) => Number.isSafeInteger(value) && value >= 0);
    if (counts.images !== images || !isWhole(counts.pixels) || !isWhole(counts.imagePixels)) return null;
    return counts as ClassPixels;
  } catch {
    return null;
  }
}
