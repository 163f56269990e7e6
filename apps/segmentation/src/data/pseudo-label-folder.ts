/**
 * A folder of pseudo-labels while it is filled: `masks/`, a list that grows by a line with every mask, so that nothing
 * done is lost, the class file, and `pseudo-labels.json`, which says how the masks were made.
 */
import { checkSplitName, writeIndexMask, type ClassSet, type IndexMask } from '@plumbline/data';
import { writeFileAtomic } from '@plumbline/training';
import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeClassSet } from './classes.ts';
import type { PredictInput } from './predict-inputs.ts';

/** How masks were made: all of a folder alike. */
export interface PseudoLabelRecord {
  teacher: Readonly<Record<string, string | number>>;
  inference: string;
  /** What images are resized to for the teacher; null: their own size. */
  longSide: number | null;
  minConfidence: number | null;
}

export interface PseudoLabelFolder {
  /** Paths of the list and the class file. */
  list: string;
  classes: string;
  /**
   * The images that have no mask yet.
   *
   * @throws when the mask of another image has the name that one of them wants.
   */
  open(inputs: readonly PredictInput[]): PredictInput[];
  /** Writes a mask, and then its line. */
  add(input: PredictInput, mask: IndexMask, palette: Uint8Array): Promise<void>;
}

const NAME = 'pseudo-labels.json';

/**
 * Opens a folder for masks, a new one or one that was made in the same way.
 *
 * @throws with one sentence when it holds something else, or masks that were made otherwise.
 */
export async function openPseudoLabels(
  out: string,
  split: string,
  classSet: ClassSet,
  record: PseudoLabelRecord,
): Promise<PseudoLabelFolder> {
  checkSplitName(split);
  const description = { ...record, classes: classSet.classes };
  const former = await readFile(join(out, NAME), 'utf8').catch(() => null);
  if (former === null) {
    const [first] = await readdir(out).catch(() => []);
    if (first !== undefined) {
      throw new Error(`${out} holds other files already (${first}): choose another folder for --out.`);
    }
  } else if (!isDeepStrictEqual(JSON.parse(former), description)) {
    throw new Error(
      `The masks in ${out} were made with another teacher or other options, which ${join(out, NAME)} says: ` +
        `repeat those, or choose another folder for --out.`,
    );
  }
  const list = join(out, `${split}.txt`);
  await writeFileAtomic(join(out, NAME), `${JSON.stringify(description, null, 2)}\n`);
  const classFile = await writeClassSet(out, classSet);
  const images = await finishedImages(list, out);
  const done = new Set(images.values());
  const maskOf = ({ name: image }: PredictInput): string => join('masks', split, `${image}.png`);
  return {
    list,
    classes: classFile,
    open: (inputs) =>
      inputs.filter((input) => {
        if (done.has(resolve(input.file))) return false;
        const owner = images.get(maskOf(input));
        if (owner === undefined) return true;
        throw new Error(
          `${join(out, maskOf(input))} is the mask of ${owner} and would also be that of ${input.file}: name both in ` +
            `one call, or choose another folder for --out.`,
        );
      }),
    async add(input, mask, maskPalette) {
      await writeIndexMask(join(out, maskOf(input)), mask, maskPalette);
      await appendFile(list, `${relative(resolve(out), resolve(input.file))}\t${maskOf(input)}\n`);
    },
  };
}

/** Which image each mask of the list belongs to, of masks that exist. Cuts off a line that was not written to its end. */
async function finishedImages(list: string, out: string): Promise<Map<string, string>> {
  const text = await readFile(list, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  const pairs = lines.map((line): [image: string, mask: string] => {
    const [image = '', mask = ''] = line.split('\t');
    return [image, mask];
  });
  const isThere = await Promise.all(
    pairs.map(([, mask]) =>
      stat(join(out, mask)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const kept = lines.filter((_, index) => isThere[index]);
  if (text !== '' && (whole !== text || kept.length < lines.length)) {
    await writeFileAtomic(list, kept.map((line) => `${line}\n`).join(''));
  }
  return new Map(
    pairs.filter((_, index) => isThere[index]).map(([image, mask]) => [mask, resolve(out, image)]),
  );
}
