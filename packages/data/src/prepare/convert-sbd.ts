// The masks of the Semantic Boundaries Dataset (Hariharan et al. 2011, "Semantic contours from inverse detectors") as
// palette PNGs beside VOC's own. It labels 11,355 pictures of VOC 2012 with VOC's classes, without void borders, in
// dataset/cls/<id>.mat, variable GTcls, field Segmentation. Converted is what VOC has no mask of and does not score.
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError, reason } from '../data-error.ts';
import { inLanes } from '../in-lanes.ts';
import { VOC_LABELS, type IndexMask } from '../images/index-mask.ts';
import { structField } from './mat-file.ts';
import { tarFiles, type TarFile } from './tar-files.ts';
import { fileNames, vocSamples } from '../datasets/voc.ts';
import { writeIndexMask } from '../images/write-image.ts';

const MASK_FILE = /(?:^|\/)cls\/([\w-]+)\.mat$/;
const EXTRA_MASKS = 'SegmentationClassAug';
const MASKS_AT_A_TIME = 4;

export interface ReadSbdOptions {
  /** benchmark.tgz, or the folder it was unpacked to. */
  source: string;
  /** The folder VOC2012, with pictures and lists. */
  root: string;
  /** Bytes of the archive so far, and all of them. */
  onProgress?: (done: number, total: number) => void;
}

/** What SBD has for a folder VOC2012. */
export interface SbdMasks {
  readonly source: string;
  /** The MAT-files to convert, by id: a few thousand bytes each. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** How many are in SegmentationClassAug already. */
  readonly present: number;
  /** How many are left out, because VOC's own mask with void borders is there. */
  readonly covered: number;
  /** How many are left out, because VOC scores them. */
  readonly validation: number;
  /** How many are left out, because JPEGImages has no such picture. */
  readonly withoutPicture: number;
}

/**
 * Gathers the masks that are still to be converted.
 *
 * @throws DataError when the source cannot be read or holds no such masks.
 */
export async function readSbd({ source, root, onProgress }: ReadSbdOptions): Promise<SbdMasks> {
  const pictures = await fileNames(join(root, 'JPEGImages'));
  const own = await fileNames(join(root, 'SegmentationClass'));
  const made = await fileNames(join(root, EXTRA_MASKS));
  const val = new Set((await vocSamples({ root, split: 'val' })).ids);
  const counts = { present: 0, covered: 0, validation: 0, withoutPicture: 0 };
  const wanted = (name: string): boolean => {
    const id = MASK_FILE.exec(name)?.[1];
    if (id === undefined) return false;
    if (val.has(id)) counts.validation++;
    else if (own.has(`${id}.png`)) counts.covered++;
    else if (!pictures.has(`${id}.jpg`)) counts.withoutPicture++;
    else if (made.has(`${id}.png`)) counts.present++;
    else return true;
    return false;
  };
  const isFolder = (await stat(source).catch(() => null))?.isDirectory() === true;
  const found = isFolder ? folderFiles(source, wanted) : tarFiles(source, { wanted, onProgress });
  const files = new Map<string, Uint8Array>();
  for await (const { name, bytes } of found) files.set(basename(name, '.mat'), bytes);
  if (files.size === 0 && Object.values(counts).every((count) => count === 0)) {
    throw new DataError(
      `${source} has no dataset/cls/<id>.mat: pass SBD's benchmark.tgz, or the folder it was unpacked to.`,
    );
  }
  return { source, files, ...counts };
}

/**
 * Writes SegmentationClassAug/<id>.png in the folder VOC2012.
 *
 * @throws DataError when a file holds no mask, or a mask cannot be written; those that are written stay.
 */
export async function convertSbd(
  { source, files }: SbdMasks,
  root: string,
  onMask?: (done: number, total: number) => void,
): Promise<void> {
  let done = 0;
  await inLanes(files, MASKS_AT_A_TIME, async ([id, bytes]) => {
    await writeIndexMask(
      join(root, EXTRA_MASKS, `${id}.png`),
      decodeSbdMask(bytes, `${id}.mat of ${source}`),
    );
    onMask?.(++done, files.size);
  });
}

/** As `tarFiles`, from the unpacked archive. */
async function* folderFiles(folder: string, wanted: (name: string) => boolean): AsyncGenerator<TarFile> {
  const places = ['benchmark_RELEASE/dataset', 'dataset', '.', '..'].map((place) =>
    join(folder, place, 'cls'),
  );
  for (const place of places) {
    const names = [...(await fileNames(place))].map((file) => `cls/${file}`).sort();
    for (const name of names.filter(wanted)) yield { name, bytes: await readFile(join(place, '..', name)) };
    if (names.length > 0) return;
  }
}

/**
 * One mask from the bytes of its MAT-file; `origin` stands in errors.
 *
 * @throws DataError when they hold no mask of VOC's classes.
 */
export function decodeSbdMask(bytes: Uint8Array, origin: string): IndexMask {
  try {
    const { rows, columns, data } = structField(bytes, 'GTcls', 'Segmentation');
    const mask = { width: columns, height: rows, data: new Uint8Array(rows * columns) };
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) mask.data[y * columns + x] = data[x * rows + y] as number;
    }
    const illegal = mask.data.find((label) => label >= VOC_LABELS.classCount);
    if (illegal !== undefined) throw new Error(`it holds the value ${illegal}, and 0…20 are wanted`);
    return mask;
  } catch (error) {
    throw new DataError(
      `The mask ${origin} cannot be used (${reason(error)}): fetch SBD's benchmark.tgz again.`,
      { cause: error },
    );
  }
}
