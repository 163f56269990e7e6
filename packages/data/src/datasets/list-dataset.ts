// Any data set by a list file, one example a line:
//
//   images/one.jpg masks/one.png          image and mask, separated by white space, or by a tab where names hold spaces
//   images/two.jpg masks/two.png          paths are relative to the list; lines that begin with # are left out
//
// A list of pictures to predict has one path a line.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { checkedPalette, type ClassSet } from './class-set.ts';
import { DataError, reason } from '../data-error.ts';
import { readSample, type SampleFiles, type SegmentationDataset } from './segmentation-dataset.ts';

export interface ListOptions {
  /** The list file. */
  list: string;
  classes: ClassSet;
  /** What the list is called in scores and reports. Default: the file's name without its ending. */
  split?: string;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Opens a data set by its list and makes sure that every listed file exists. Nothing is decoded.
 *
 * @throws DataError when the list is missing, empty or malformed, names an image twice, or files are missing, and when
 * the classes contradict each other.
 */
export async function openList(options: ListOptions): Promise<SegmentationDataset> {
  const dataset = await listedSamples(options);
  refuseTwice(options.list, dataset.files);
  await refuseMissing(options.list, dataset.files);
  return dataset;
}

/**
 * As `openList`, but of the files nothing is checked: they may be missing or named twice.
 *
 * @throws DataError when the list is missing, empty or malformed, and when the classes contradict each other.
 */
export async function listedSamples({ list, classes, split }: ListOptions): Promise<SegmentationDataset> {
  const palette = checkedPalette(classes, 'the class file');
  const pairs = (await linesOf(list)).map((line) => pairOf(list, line));
  const ids = uniqueNames(pairs.map(([image]) => image));
  const files = pairs.map(([image, mask], index): SampleFiles => ({ id: ids[index] as string, image, mask }));
  const labels = { classCount: classes.classes.length, ignoreLabel: classes.ignoreLabel };
  const name = split ?? basename(list, extname(list));
  return {
    name: classes.name,
    split: name,
    ids,
    files,
    classes: classes.classes,
    palette,
    ignoreLabel: classes.ignoreLabel,
    read(index) {
      const sample = files[index];
      if (!sample)
        throw new RangeError(`Sample ${index} was asked of ${name}, which has 0…${files.length - 1}.`);
      return readSample(sample, labels);
    },
  };
}

/**
 * The pictures that a one-column list names, as paths. Of a two-column list the first column.
 *
 * @throws DataError when the list is missing or empty.
 */
export async function readImageList(list: string): Promise<string[]> {
  const lines = await linesOf(list);
  const inList = (path: string): string => resolve(dirname(list), path);
  return Promise.all(
    lines.map(async ({ text }) => {
      if (text.includes('\t')) return inList((text.split('\t')[0] as string).trim());
      // A name with spaces, or an image and its mask: the disk knows.
      const whole = inList(text);
      const found = await stat(whole).catch(() => null);
      const columns = text.split(/\s+/);
      return found !== null || columns.length !== 2 ? whole : inList(columns[0] as string);
    }),
  );
}

async function linesOf(list: string): Promise<Line[]> {
  let text: string;
  try {
    text = await readFile(list, 'utf8');
  } catch (error) {
    throw new DataError(`The list ${list} could not be read (${reason(error)}): check the path.`, {
      cause: error,
    });
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  if (lines.length === 0) throw new DataError(`The list ${list} is empty: it needs one example a line.`);
  return lines;
}

function pairOf(list: string, { number, text }: Line): [image: string, mask: string] {
  const columns = text.split(text.includes('\t') ? /\t+/ : /\s+/).map((column) => column.trim());
  const [image, mask] = columns;
  if (image === undefined || mask === undefined || columns.length !== 2) {
    throw new DataError(
      `Line ${number} of the list ${list} has ${columns.length} column${columns.length === 1 ? '' : 's'} ("${text}"), but two are ` +
        `wanted, the paths of an image and of its mask: separate them by white space, or by a tab if a name holds spaces.`,
    );
  }
  return [resolve(dirname(list), image), resolve(dirname(list), mask)];
}

/** File names without their endings where those tell all images apart, else their paths below the common folder. */
function uniqueNames(images: readonly string[]): string[] {
  const stems = images.map((image) => basename(image, extname(image)));
  const distinct = new Set(images);
  if (new Set([...distinct].map((image) => basename(image, extname(image)))).size === distinct.size)
    return stems;
  let common = dirname(images[0] as string);
  while (!images.every((image) => isBelow(common, image))) common = dirname(common);
  // Names of prediction files: no folders in them, and nothing two paths could share.
  return images.map((image) =>
    encodeURIComponent(relative(common, image).replaceAll('\\', '/')).replaceAll('%2F', '+'),
  );
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && resolve(folder, way) === path;
}

function refuseTwice(list: string, files: readonly SampleFiles[]): void {
  const seen = new Set<string>();
  for (const { image } of files) {
    if (seen.has(image))
      throw new DataError(`The list ${list} names the image ${image} twice: remove one of the two lines.`);
    seen.add(image);
  }
}

async function refuseMissing(list: string, files: readonly SampleFiles[]): Promise<void> {
  const paths = files.flatMap(({ image, mask }) => [image, mask]);
  const there = await Promise.all(
    paths.map((path) =>
      stat(path)
        .then((found) => found.isFile())
        .catch(() => false),
    ),
  );
  const missing = paths.filter((_, index) => !there[index]);
  if (missing.length === 0) return;
  const shown = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '');
  throw new DataError(
    `${missing.length} of the ${paths.length} files that ${list} names are missing: ${shown}; paths are relative to the ` +
      `list: correct them, or take these lines out.`,
  );
}
