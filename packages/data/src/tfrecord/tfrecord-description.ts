// The JSON file beside TFRecord shards, `<name>.tfrecord.json`: how many examples and classes there are, which TensorFlow
// DeepLab wants to be told, and what each shard holds. By it a job that was interrupted knows its finished shards.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite } from '../atomic-write.ts';
import { DataError, errorCode, reason } from '../data-error.ts';
import type { SampleFiles, SegmentationDataset } from '../datasets/segmentation-dataset.ts';

/** A shard as the description lists it. */
export interface ShardDescription {
  readonly file: string;
  readonly examples: number;
  /** Of the ids of its examples, and of the sizes and times of their files: what changes when one is replaced. */
  readonly fingerprint: string;
}

export interface TfrecordDescription {
  readonly dataset: string;
  readonly split: string;
  readonly examples: number;
  readonly numClasses: number;
  readonly ignoreLabel: number;
  readonly classes: readonly string[];
  readonly shards: readonly ShardDescription[];
}

/** Which examples go into which shard: as in TensorFlow DeepLab's script, `ceil(examples / shards)` neighbours into each. */
export async function describeShards(
  dataset: SegmentationDataset,
  name: string,
  shards: number,
): Promise<TfrecordDescription> {
  const { name: title, split, files, classes, ignoreLabel } = dataset;
  const perShard = Math.ceil(files.length / shards);
  const number = (value: number): string => String(value).padStart(5, '0');
  const listed: ShardDescription[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const part = files.slice(shard * perShard, (shard + 1) * perShard);
    listed.push({
      file: `${name}-${number(shard)}-of-${number(shards)}.tfrecord`,
      examples: part.length,
      fingerprint: await fingerprintOf(part),
    });
  }
  return {
    dataset: title,
    split,
    examples: files.length,
    numClasses: classes.length,
    ignoreLabel,
    classes,
    shards: listed,
  };
}

async function fingerprintOf(files: readonly SampleFiles[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { id, image, mask } of files) {
    const states = (await Promise.all([sizeAndTime(image), sizeAndTime(mask)])).flat();
    hash.update(JSON.stringify([id, ...states]));
  }
  return hash.digest('hex');
}

async function sizeAndTime(path: string): Promise<[size: number, time: number]> {
  try {
    const { size, mtimeMs } = await stat(path);
    return [size, Math.floor(mtimeMs)];
  } catch (error) {
    throw new DataError(`${path} could not be read (${reason(error)}): put it there, or unlist it.`, {
      cause: error,
    });
  }
}

/**
 * Writes the description, and says which of its shards are finished.
 *
 * @throws DataError when anything else of that name is in the folder: other shards, shards of other files, another JSON file.
 */
export async function claimShards(
  out: string,
  name: string,
  description: TfrecordDescription,
): Promise<{ path: string; finished: ReadonlySet<string> }> {
  const path = join(out, `${name}.tfrecord.json`);
  const before = await readDescription(path);
  const known = new Map(before?.map(({ file, fingerprint }) => [file, fingerprint]));
  // TensorFlow DeepLab takes everything that begins so for a shard.
  const finished = (await readdir(out).catch(() => [])).filter((file) => file.startsWith(`${name}-`));
  for (const file of finished) {
    const shard = description.shards.find((ours) => ours.file === file);
    if (shard !== undefined && known.get(file) === shard.fingerprint) continue;
    throw new DataError(
      `${join(out, file)} exists and is no part of this job (other files, or another number of shards): ` +
        `choose another folder or another name, or remove it.`,
    );
  }
  await atomicWrite(path, new TextEncoder().encode(`${JSON.stringify(description, null, 2)}\n`));
  return { path, finished: new Set(finished) };
}

async function readDescription(path: string): Promise<readonly ShardDescription[] | null> {
  try {
    const { shards } = JSON.parse(await readFile(path, 'utf8')) as Partial<TfrecordDescription>;
    if (Array.isArray(shards)) return shards;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
  }
  throw new DataError(
    `${path} exists and does not describe TFRecord shards: choose another folder or name, or remove it.`,
  );
}
