/** TFRecord shards of TensorFlow DeepLab as images, masks, a list and a class file: what `data.list` takes. */
import {
  checkSplitName,
  unpackTfrecord,
  VOC_CLASSES,
  VOC_IGNORE_LABEL,
  type ClassSet,
} from '@plumbline/data';
import { stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { glob } from 'tinyglobby';
import { readClassSet, writeClassSet } from '../data/classes.ts';
import { countProgress } from '../data/data-progress.ts';

export interface PrepareFromTfrecordArguments {
  classes?: string;
  voc?: boolean;
  split?: string;
  out: string;
}

/** Writes `<out>/{images,masks}/<split>/`, `<out>/<split>.txt` and `<out>/classes.yaml`. */
export async function prepareFromTfrecord(
  patterns: readonly string[],
  options: PrepareFromTfrecordArguments,
): Promise<void> {
  const { out } = options;
  const classes = await wantedClasses(options);
  const files = await shardFiles(patterns);
  const split = options.split ?? commonSplit(files);
  checkSplitName(split);
  const classFile = await writeClassSet(out, classes);
  const { list, examples, repeated } = await unpackTfrecord({
    files,
    classes,
    out,
    split,
    onFile: countProgress('files checked'),
    onRecord: countProgress('images'),
  });
  for (const note of [...missingShards(files), ...repeatedNames(repeated)]) console.warn(note);
  console.log(
    `${examples} images of ${classes.classes.length} classes from ${files.length} files.\nList:    ${list}\nClasses: ${classFile}`,
  );
}

async function wantedClasses({ classes, voc = false }: PrepareFromTfrecordArguments): Promise<ClassSet> {
  if ((classes === undefined) === !voc) {
    throw new Error(
      `${voc ? 'Both --classes and --voc were given' : 'The shards do not say what their classes are'}: pass --classes <file>, or --voc for those of PASCAL VOC.`,
    );
  }
  if (classes !== undefined) return readClassSet(classes);
  return { name: 'PASCAL VOC 2012', classes: VOC_CLASSES, palette: null, ignoreLabel: VOC_IGNORE_LABEL };
}

/** Files as they were named, and what patterns find, sorted; each once. */
async function shardFiles(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    const named = (await stat(pattern).catch(() => null))?.isFile() === true;
    const options = { expandDirectories: false, absolute: isAbsolute(pattern) };
    const files = named ? [pattern] : (await glob(pattern, options)).sort();
    if (files.length === 0) {
      throw new Error(
        `There is no file ${pattern}; pass TFRecord files, or a pattern such as "shards/train-*".`,
      );
    }
    found.push(...files);
  }
  return [...new Set(found)];
}

interface ShardName {
  readonly split: string;
  readonly shards: number;
}

/** What `train-00000-of-00004.tfrecord` says of itself; null: another name. */
function shardName(file: string): ShardName | null {
  const [, split, shards] = /^(.+)-\d{5}-of-(\d{5})(?:\.|$)/.exec(basename(file)) ?? [];
  return split === undefined ? null : { split, shards: Number(shards) };
}

function commonSplit(files: readonly string[]): string {
  const splits = new Set(files.map((file) => shardName(file)?.split));
  const [split] = splits;
  if (split !== undefined && splits.size === 1) return split;
  const got =
    splits.size === 1
      ? 'are not named by a split, as train-00000-of-00004.tfrecord is'
      : `are of several splits (${[...splits].map((name) => name ?? 'one without a name').join(', ')})`;
  throw new Error(`The files ${got}: pass the shards of one split, or name the list with --split.`);
}

/** Says so when the shards speak of more than were passed. */
function missingShards(files: readonly string[]): string[] {
  const names = new Map(files.map((file) => [JSON.stringify(shardName(file)), shardName(file)]));
  const [name] = [...names.values()];
  if (name == null || names.size > 1 || name.shards === files.length) return [];
  return [`Note: ${files.length} of the ${name.shards} shards of ${name.split} were passed.`];
}

const repeatedNames = (count: number): string[] =>
  count === 0
    ? []
    : [`Note: ${count} images have the name of an earlier one and were numbered; was anything passed twice?`];
