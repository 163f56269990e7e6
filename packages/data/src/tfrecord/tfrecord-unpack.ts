// TFRecord shards of TensorFlow DeepLab as a data set by lists: images and masks as files, and their list.
//
//   <out>/images/<split>/<id>.jpg    the bytes as they are, .png where they are PNG
//   <out>/masks/<split>/<id>.png     palette PNGs
//   <out>/<split>.txt                image and mask, one example a line
//
// Shards are unpacked rather than read in place because a record can only be found from the front of its file, and the
// loader's threads each open any example at any time, by its path. Everything that works on lists then works on shards.
//
// They are read twice: first every checksum is verified and the names collected, so that nothing is written of shards
// that are broken, ids are unique, and the progress knows its end.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../atomic-write.ts';
import { checkedPalette, type ClassSet } from '../datasets/class-set.ts';
import { checkSplitName } from '../datasets/split-name.ts';
import { DataError } from '../data-error.ts';
import { checkLabels, decodeIndices, type IndexMask, type LabelRange } from '../images/index-mask.ts';
import { decodeRgb } from '../images/rgb-image.ts';
import { decodeExample, imageFormat, type TfrecordExample } from './tfrecord-example.ts';
import { uniqueIds } from './tfrecord-names.ts';
import { readRecords, recordName } from './tfrecord-records.ts';
import { encodeIndexMask } from '../images/write-image.ts';

export interface UnpackTfrecordOptions {
  /** Paths of the shards; their order is the order of the list. */
  files: readonly string[];
  classes: ClassSet;
  out: string;
  /** The name of the list. */
  split: string;
  /** Hears how many files were checked. */
  onFile?: (done: number, total: number) => void;
  /** Hears how many records were unpacked. */
  onRecord?: (done: number, total: number) => void;
}

export interface UnpackedTfrecord {
  readonly list: string;
  readonly examples: number;
  /** How many have the `image/filename` of an earlier one, for example because a shard was given twice. */
  readonly repeated: number;
}

/**
 * Unpacks shards. The list is written last; a call that was interrupted may be made again.
 *
 * @throws DataError when a shard, an image or a mask is broken, the list exists, or a file of the same name holds
 * something else.
 */
export async function unpackTfrecord(options: UnpackTfrecordOptions): Promise<UnpackedTfrecord> {
  const { files, classes, out, split, onFile, onRecord } = options;
  checkSplitName(split);
  const list = join(out, `${split}.txt`);
  if (await stat(list).catch(() => null)) {
    throw new DataError(`The list ${list} exists already: choose another folder or split, or remove it.`);
  }
  const palette = checkedPalette(classes, 'the class file');
  const labels = { classCount: classes.classes.length, ignoreLabel: classes.ignoreLabel };
  const names = await checkedNames(files, onFile);
  const ids = uniqueIds(names);
  const lines: string[] = [];
  for (const file of files) {
    for await (const { example, number } of examples(file)) {
      const id = ids[lines.length] as string;
      const { ending, mask } = await checked(example, `of ${id}, record ${number} of ${file},`, labels);
      const paths = [join('images', split, `${id}.${ending}`), join('masks', split, `${id}.png`)] as const;
      await writeOnce(join(out, paths[0]), example.image);
      await writeOnce(join(out, paths[1]), encodeIndexMask(mask, palette));
      lines.push(paths.join('\t'));
      onRecord?.(lines.length, names.length);
    }
  }
  await atomicWrite(list, new TextEncoder().encode(`${lines.join('\n')}\n`));
  return { list, examples: lines.length, repeated: names.length - new Set(names).size };
}

interface FoundExample {
  readonly example: TfrecordExample;
  /** Which record of its file; the first is 1. */
  readonly number: number;
}

async function* examples(file: string): AsyncGenerator<FoundExample> {
  let number = 0;
  for await (const record of readRecords(file)) {
    number++;
    yield { example: decodeExample(record, recordName(file, number)), number };
  }
}

/** `image/filename` of all records. */
async function checkedNames(
  files: readonly string[],
  onFile: UnpackTfrecordOptions['onFile'],
): Promise<string[]> {
  const names: string[] = [];
  for (const [index, file] of files.entries()) {
    for await (const { example } of examples(file)) names.push(example.filename);
    onFile?.(index + 1, files.length);
  }
  if (names.length > 0) return names;
  throw new DataError(
    `No record is in the TFRecord files ${files.join(', ')}: pass shards that hold examples.`,
  );
}

/** Decodes both, as the loader will. `what` stands in errors after "Image" and "Mask". */
async function checked(
  { image, mask: encoded }: TfrecordExample,
  what: string,
  labels: LabelRange,
): Promise<{ ending: string; mask: IndexMask }> {
  const format = imageFormat(image);
  if (format === null)
    throw new DataError(`Image ${what} is neither JPEG nor PNG: pass shards of such images.`);
  const mask = decodeIndices(encoded, what, labels);
  checkLabels(what, mask, labels);
  const { width, height } = await decodeRgb(image, what);
  if (mask.width !== width || mask.height !== height) {
    throw new DataError(
      `Mask ${what} is ${mask.width}×${mask.height} pixels, but its image is ${width}×${height}: write that record again.`,
    );
  }
  return { ending: format === 'jpeg' ? 'jpg' : 'png', mask };
}

/** Leaves a file that holds these bytes already, as an interrupted call leaves them, and touches no other. */
async function writeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const before = await readFile(path).catch(() => null);
  if (before === null) return atomicWrite(path, bytes);
  if (before.equals(bytes)) return;
  throw new DataError(
    `${path} exists and holds something else: choose another folder or split, or remove it.`,
  );
}
