// CIFAR-10 and CIFAR-100 (Krizhevsky 2009, "Learning multiple layers of features from tiny images"): 50,000 pictures of
// 32×32 to train on and 10,000 to test, in the binary versions. A record is one picture, its three colour planes whole:
//
//   cifar-10-batches-bin   data_batch_1.bin … data_batch_5.bin, test_batch.bin    label, 3×32×32 bytes
//                          batches.meta.txt
//   cifar-100-binary       train.bin, test.bin                  coarse label, fine label, 3×32×32 bytes
//                          coarse_label_names.txt, fine_label_names.txt
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, reason } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';
import type { LabelledImages } from './image-set.ts';

export type CifarDataset = 'cifar10' | 'cifar100';

export interface CifarOptions {
  /** Default: the one whose files are there. */
  dataset?: CifarDataset;
  /** CIFAR-100's 100 classes (`fine`) or its 20 groups of five (`coarse`). CIFAR-10 has `fine` alone. Default fine. */
  labels?: 'fine' | 'coarse';
}

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

/** One label byte of a record. */
interface Label {
  readonly kind: 'fine' | 'coarse';
  readonly classes: number;
  /** The file of the names, one a line. */
  readonly names: string;
}

interface Layout {
  readonly title: string;
  /** The files of a part; the number in a name, if it has one, is its order. */
  readonly files: Readonly<Record<'train' | 'test', RegExp>>;
  /** For errors. */
  readonly wanted: Readonly<Record<'train' | 'test', string>>;
  /** In the order of their bytes. */
  readonly labels: readonly Label[];
}

const LAYOUTS: Readonly<Record<CifarDataset, Layout>> = {
  cifar10: {
    title: 'CIFAR-10',
    files: { train: /^data_batch_([1-9]\d*)\.bin$/, test: /^test_batch\.bin$/ },
    wanted: { train: 'data_batch_1.bin', test: 'test_batch.bin' },
    labels: [{ kind: 'fine', classes: 10, names: 'batches.meta.txt' }],
  },
  cifar100: {
    title: 'CIFAR-100',
    files: { train: /^train\.bin$/, test: /^test\.bin$/ },
    wanted: { train: 'train.bin', test: 'test.bin' },
    labels: [
      { kind: 'coarse', classes: 20, names: 'coarse_label_names.txt' },
      { kind: 'fine', classes: 100, names: 'fine_label_names.txt' },
    ],
  },
};

/**
 * Reads one part into memory, uint8 [n, 32, 32, 3]. Of CIFAR-10's training files those that are there are taken, and a part
 * with fewer pictures than published is taken as it is. Ids are `train-1-00042` (file, place in it) where files are
 * numbered, else `test-00042`.
 *
 * @param root the folder with the .bin files
 * @throws DataError when files are missing or damaged, or it is not clear which data set is meant.
 */
export async function openCifar(
  root: string,
  part: 'train' | 'test',
  { dataset, labels = 'fine' }: CifarOptions = {},
): Promise<LabelledImages> {
  const names = await filesOf(root);
  const { title, ...layout } = LAYOUTS[dataset ?? datasetOf(root, names)];
  const taken = layout.labels.find(({ kind }) => kind === labels);
  if (taken === undefined) {
    throw new DataError(`${title} has no ${labels} labels: take its fine ones, or open CIFAR-100.`);
  }
  const files = partFiles(names, layout.files[part]);
  if (files.length === 0) {
    throw new DataError(
      `${root} holds no ${layout.wanted[part]}: pass the folder of ${title}'s binary version that holds its .bin files.`,
    );
  }
  const classes = await readNames(join(root, taken.names), taken.classes);
  const records: Records[] = [];
  for (const { name } of files) records.push(await readRecords(join(root, name), title, layout.labels));
  const count = records.reduce((sum, { count: some }) => sum + some, 0);
  const [data, numbers] = [new Uint8Array(count * PIXELS), new Int32Array(count)];
  let first = 0;
  for (const file of records) {
    copyPixels(file, data.subarray(first * PIXELS));
    for (let i = 0; i < file.count; i++) {
      numbers[first + i] = file.bytes[i * file.size + layout.labels.indexOf(taken)] as number;
    }
    first += file.count;
  }
  return {
    name: `${title} ${part}${labels === 'coarse' ? ', coarse labels' : ''}`,
    ids: files.flatMap(({ number }, f) =>
      Array.from({ length: records[f]?.count ?? 0 }, (_, i) =>
        [part, ...(number === null ? [] : [number]), String(i).padStart(5, '0')].join('-'),
      ),
    ),
    pixels: { kind: 'memory', data, height: SIDE, width: SIDE, channels: 3 },
    classes,
    labels: numbers,
  };
}

async function filesOf(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    throw new DataError(`The folder ${root} could not be read (${reason(error)}): check the path.`, {
      cause: error,
    });
  }
}

function datasetOf(root: string, names: readonly string[]): CifarDataset {
  const isThere = ({ files }: Layout): boolean =>
    names.some((name) => files.train.test(name) || files.test.test(name));
  const [ten, hundred] = [isThere(LAYOUTS.cifar10), isThere(LAYOUTS.cifar100)];
  if (ten !== hundred) return ten ? 'cifar10' : 'cifar100';
  throw new DataError(
    ten
      ? `${root} holds files of both CIFAR-10 and CIFAR-100: say which is meant by the option dataset.`
      : `${root} holds neither CIFAR-10 (data_batch_1.bin, test_batch.bin) nor CIFAR-100 (train.bin, test.bin): ` +
          `pass the folder that the binary version was unpacked to.`,
  );
}

/** The files of a part that are there, by number. */
function partFiles(names: readonly string[], pattern: RegExp): { name: string; number: number | null }[] {
  return names
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match === null ? [] : [{ name, number: match[1] === undefined ? null : Number(match[1]) }];
    })
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

/** The whole of a .bin file. */
interface Records {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Bytes of one. */
  readonly size: number;
}

async function readRecords(path: string, title: string, labels: readonly Label[]): Promise<Records> {
  const bytes = await readBytes(path, `The ${title} file`);
  const size = labels.length + PIXELS;
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new DataError(
      `${path} holds ${bytes.length} bytes, but ${title}'s files are records of ${size}: the file is cut short or of ` +
        `another data set; copy it again from its source.`,
    );
  }
  const count = bytes.length / size;
  labels.forEach(({ kind, classes }, place) => {
    for (let i = 0; i < count; i++) {
      const label = bytes[i * size + place] as number;
      if (label < classes) continue;
      throw new DataError(
        `The ${kind} label of picture ${i} in ${path} is ${label}, but ${title}'s are 0…${classes - 1}: the file is ` +
          `damaged or of another data set; copy it again from its source.`,
      );
    }
  });
  return { bytes, count, size };
}

/** Planes to pixels. */
function copyPixels({ bytes, count, size }: Records, target: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    const from = (i + 1) * size - PIXELS;
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < PLANE; pixel++) {
        target[i * PIXELS + 3 * pixel + channel] = bytes[from + channel * PLANE + pixel] as number;
      }
    }
  }
}

async function readNames(path: string, classes: number): Promise<string[]> {
  const text = new TextDecoder().decode(await readBytes(path, 'The list of class names'));
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length !== classes || new Set(names).size !== classes) {
    throw new DataError(
      `${path} names ${new Set(names).size} classes, but ${classes} different names, one a line, are wanted: copy it again ` +
        `from its source.`,
    );
  }
  return names;
}
