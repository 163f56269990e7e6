// The PASCAL VOC 2012 segmentation folder as it is distributed (Everingham et al. 2010), and its common extension by
// the Semantic Boundaries Dataset (Hariharan et al. 2011), whose masks lie in SegmentationClassAug:
//
//   VOC2012/JPEGImages/<id>.jpg
//   VOC2012/SegmentationClass/<id>.png
//   VOC2012/SegmentationClassAug/<id>.png          only for the split trainaug
//   VOC2012/ImageSets/Segmentation/<split>.txt     one id a line
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, errorCode, reason } from '../data-error.ts';
import { readSample, type SampleFiles, type SegmentationDataset } from './segmentation-dataset.ts';
import { VOC_CLASSES, VOC_IGNORE_LABEL, vocPalette } from './voc-classes.ts';

export type VocSplit = 'train' | 'val' | 'trainval' | 'trainaug';

export interface VocOptions {
  /** The folder VOC2012, or the VOCdevkit above it. */
  root: string;
  /**
   * Which list. `trainaug` takes a mask from SegmentationClass where there is one (it has void borders), and from
   * SegmentationClassAug otherwise.
   */
  split: VocSplit;
}

const lists = join('ImageSets', 'Segmentation');

/**
 * Opens a split of PASCAL VOC 2012 and makes sure that every listed file exists. Nothing is decoded.
 *
 * @throws DataError when the folder is not VOC's, the split has no list or an empty one, an id is listed twice, or
 * files of listed ids are missing.
 */
export async function openVoc(options: VocOptions): Promise<SegmentationDataset> {
  const { dataset, folder, list, missing } = await openLists(options);
  refuseTwice(list, dataset.ids);
  refuseMissing(folder, list, dataset.ids, missing);
  return dataset;
}

/**
 * As `openVoc`, but of the files nothing is checked: they may be missing or named twice.
 *
 * @throws DataError when the folder is not VOC's, or the split has no list or an empty one.
 */
export async function vocSamples(options: VocOptions): Promise<SegmentationDataset> {
  return (await openLists(options)).dataset;
}

interface OpenedLists {
  readonly dataset: SegmentationDataset;
  readonly folder: string;
  readonly list: string;
  /** Files that the list asks for and that are not there. */
  readonly missing: readonly string[];
}

async function openLists({ root, split }: VocOptions): Promise<OpenedLists> {
  const folder = await findFolder(root);
  const { path: list, ids } = await readList(folder, split);
  const { files, missing } = await locate(folder, split, ids);
  const labels = { classCount: VOC_CLASSES.length, ignoreLabel: VOC_IGNORE_LABEL };
  const dataset: SegmentationDataset = {
    name: 'PASCAL VOC 2012',
    split,
    ids,
    files,
    classes: VOC_CLASSES,
    palette: vocPalette(),
    ignoreLabel: VOC_IGNORE_LABEL,
    read(index) {
      const sample = files[index];
      if (!sample)
        throw new RangeError(`Sample ${index} was asked of ${split}, which has 0…${files.length - 1}.`);
      return readSample(sample, labels);
    },
  };
  return { dataset, folder, list, missing };
}

/** The folder VOC2012 that `root` is or holds; null when there is none. */
export async function findVoc(root: string): Promise<string | null> {
  for (const candidate of candidates(root)) {
    const found = await stat(join(candidate, lists)).catch(() => null);
    if (found?.isDirectory()) return candidate;
  }
  return null;
}

const candidates = (root: string): string[] => [
  root,
  join(root, 'VOC2012'),
  join(root, 'VOCdevkit', 'VOC2012'),
];

async function findFolder(root: string): Promise<string> {
  const found = await findVoc(root);
  if (found !== null) return found;
  throw new DataError(
    `${root} holds no PASCAL VOC 2012: a folder ${lists} was looked for in ${candidates(root).join(', ')}; ` +
      `pass the folder VOC2012 (or the VOCdevkit above it).`,
  );
}

async function readList(folder: string, split: VocSplit): Promise<{ path: string; ids: string[] }> {
  const path = join(folder, lists, `${split}.txt`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      throw new DataError(`The split list ${path} could not be read (${reason(error)}).`, { cause: error });
    }
    const present = (await readdir(join(folder, lists))).filter((name) => name.endsWith('.txt')).sort();
    const hint = split === 'trainaug' ? 'add the trainaug list and its SegmentationClassAug masks, or ' : '';
    throw new DataError(
      `The split "${split}" has no list ${path} (there: ${present.join(', ') || 'none'}): ${hint}choose another split.`,
      { cause: error },
    );
  }
  const ids = text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (ids.length === 0) throw new DataError(`The split list ${path} is empty: it needs one image id a line.`);
  return { path, ids };
}

function refuseTwice(list: string, ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id))
      throw new DataError(`The split list ${list} names "${id}" twice: remove one of the two lines.`);
    seen.add(id);
  }
}

interface Located {
  files: SampleFiles[];
  missing: string[];
}

async function locate(folder: string, split: VocSplit, ids: readonly string[]): Promise<Located> {
  const [images, masks, extraMasks] = await Promise.all([
    fileNames(join(folder, 'JPEGImages')),
    fileNames(join(folder, 'SegmentationClass')),
    split === 'trainaug' ? fileNames(join(folder, 'SegmentationClassAug')) : new Set<string>(),
  ]);
  const missing: string[] = [];
  const files = ids.map((id): SampleFiles => {
    const image = `${id}.jpg`;
    const mask = `${id}.png`;
    const maskFolder =
      !masks.has(mask) && extraMasks.has(mask) ? 'SegmentationClassAug' : 'SegmentationClass';
    if (!images.has(image)) missing.push(join('JPEGImages', image));
    if (!masks.has(mask) && !extraMasks.has(mask)) {
      missing.push(
        join('SegmentationClass', mask) + (split === 'trainaug' ? ' (nor in SegmentationClassAug)' : ''),
      );
    }
    return { id, image: join(folder, 'JPEGImages', image), mask: join(folder, maskFolder, mask) };
  });
  return { files, missing };
}

function refuseMissing(
  folder: string,
  list: string,
  ids: readonly string[],
  missing: readonly string[],
): void {
  if (missing.length === 0) return;
  const shown = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '');
  throw new DataError(
    `${missing.length} of the ${2 * ids.length} files that ${list} asks for are missing in ${folder}: ${shown}; ` +
      `unpack the data set again, or take these ids out of the list.`,
  );
}

/** The file names in a folder; a missing folder is an empty one, its files are then reported as missing. */
export async function fileNames(folder: string): Promise<Set<string>> {
  return new Set(await readdir(folder).catch(() => []));
}
