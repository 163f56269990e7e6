// ImageNet, the classification set of ILSVRC 2012 (Russakovsky et al. 2014, arXiv 1409.0575), and subsets of its classes, in
// folders named by WordNet ids:
//
//   <root>/{train,val}/<n01440764>/<picture>.JPEG
//   <root>/LOC_synset_mapping.txt, words.txt or classes.txt    optional: "n01440764 tench, Tinca tinca" on every line
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { MissingFileError, readBytes } from '../read-bytes.ts';
import { subfolders } from './image-files.ts';
import { openImageFolder } from './image-folder.ts';
import type { LabelledImages } from './image-set.ts';
import { IMAGENET_CLASSES } from './imagenet-classes.ts';

/** Kaggle's list, WordNet's, and what people call their own; the first that is there is taken. */
const NAME_FILES: readonly string[] = ['LOC_synset_mapping.txt', 'words.txt', 'classes.txt'];

const WORDNET_ID = /^n\d{8}$/;
/** As the official archive of the validation pictures holds them, all in one folder. */
const FLAT_PICTURE = /^ILSVRC2012_val_\d{8}\.jpe?g$/i;

/**
 * Opens one part. Nothing is decoded. Class indices follow the sorted ids: with all 1000 folders they are those of published
 * networks (`IMAGENET_CLASSES`), a subset of K has its own 0…K − 1. Names come from a list in `root`, the first word of
 * each id with the id behind it where two share the word, else from `IMAGENET_CLASSES`; what has no name goes by its id.
 * Ids of images are `<id>/<file>`.
 *
 * @param root the folder that holds train and val
 * @throws DataError when a part is not sorted into folders of WordNet ids, or a list of names cannot be read.
 */
export async function openImageNet(root: string, part: 'train' | 'val'): Promise<LabelledImages> {
  const folder = join(root, part);
  const ids = await subfolders(folder);
  await requireSorted(folder);
  const stray = ids.find((id) => !WORDNET_ID.test(id));
  if (stray !== undefined) {
    throw new DataError(
      `${folder} holds the folder "${stray}", but ImageNet's are named by WordNet ids such as n01440764: take it out, or ` +
        `open the pictures as a folder of classes.`,
    );
  }
  const set = await openImageFolder(folder, { name: `ImageNet ${part}` });
  return { ...set, classes: await classNames(root, set.classes) };
}

async function requireSorted(folder: string): Promise<void> {
  const flat = (await readdir(folder)).find((name) => FLAT_PICTURE.test(name));
  if (flat === undefined) return;
  throw new DataError(
    `${folder} holds pictures without class folders (${flat}), as the official archive does: move each into the folder of ` +
      `its WordNet id, such as n01440764, by the ground truth of the development kit.`,
  );
}

async function classNames(root: string, ids: readonly string[]): Promise<string[]> {
  const listed = await readNames(root);
  const names = listed ?? new Map(IMAGENET_CLASSES.map(({ wnid, name }) => [wnid, name]));
  const found = ids.map((id) => names.get(id) ?? id);
  // Two ids may share a word: crane, maillot.
  const isShared = (name: string): boolean => found.indexOf(name) !== found.lastIndexOf(name);
  return found.map((name, i) => (isShared(name) ? `${name} (${ids[i]})` : name));
}

/** Names by id; null without a list. */
async function readNames(root: string): Promise<Map<string, string> | null> {
  for (const file of NAME_FILES) {
    const path = join(root, file);
    const bytes = await readBytes(path, 'The list of class names').catch((error: unknown) => {
      if (error instanceof MissingFileError) return null;
      throw error;
    });
    if (bytes !== null) return namesOf(new TextDecoder().decode(bytes), path);
  }
  return null;
}

function namesOf(text: string, path: string): Map<string, string> {
  const names = new Map<string, string>();
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const [, id, name] = /^(n\d{8})[\s,:]+([^,]+)/.exec(line.trim()) ?? [];
    if (id === undefined || name === undefined) {
      throw new DataError(
        `Line ${i + 1} of ${path} is "${line.trim()}", but a WordNet id and its words are wanted, as in "n01440764 tench, ` +
          `Tinca tinca": correct it, or take the file away for the built-in names.`,
      );
    }
    names.set(id, name.trim());
  });
  return names;
}
