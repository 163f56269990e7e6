// A data set as the TFRecord shards that TensorFlow DeepLab trains on, `<name>-00000-of-00004.tfrecord` and so on, with
// the bytes of its images as they are.
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';
import type { SegmentationDataset } from '../datasets/segmentation-dataset.ts';
import { claimShards, describeShards } from './tfrecord-description.ts';
import { encodeExample, encodeGreyMask, imageFormat } from './tfrecord-example.ts';
import { writeRecords } from './tfrecord-records.ts';

export interface TfrecordShardsOptions {
  dataset: SegmentationDataset;
  /** The folder of the shards. */
  out: string;
  /** How many. Default 4, as TensorFlow DeepLab's script. */
  shards?: number;
  /** What the shards are called before the first dash. Default: the split. */
  name?: string;
  /** Hears how many examples have been written, before or now. */
  onSample?: (done: number, total: number) => void;
}

export interface TfrecordShards {
  /** Paths of all shards. */
  readonly files: readonly string[];
  /** How many of them an earlier call had finished. */
  readonly kept: number;
  /** The JSON file that says what they hold. */
  readonly description: string;
}

/**
 * Writes the shards that are missing; one example at a time is in memory, and each shard appears when it is whole.
 * Every image and mask is decoded and checked.
 *
 * @throws DataError when a file of the data set is broken, the folder cannot be written, or it holds something else of
 * that name; RangeError when the number of shards or their name is impossible.
 */
export async function writeTfrecordShards(options: TfrecordShardsOptions): Promise<TfrecordShards> {
  const { dataset, out, shards = 4, name = dataset.split, onSample } = options;
  if (!Number.isInteger(shards) || shards < 1 || shards > 99999) {
    throw new RangeError(`The number of shards is ${shards}, and a whole number from 1 to 99999 is wanted.`);
  }
  if (!/^[\p{L}\p{N}_]+$/u.test(name)) {
    throw new RangeError(
      `The shards' name is "${name}", and only letters, digits and underscores are wanted.`,
    );
  }
  const description = await describeShards(dataset, name, shards);
  const { path, finished } = await claimShards(out, name, description);
  let next = 0;
  for (const { file, examples } of description.shards) {
    const [first, end] = [next, next + examples];
    next = end;
    if (!finished.has(file)) await writeRecords(join(out, file), records(dataset, first, end, onSample));
    else if (first < end) onSample?.(end, dataset.files.length);
  }
  const files = description.shards.map(({ file }) => join(out, file));
  return { files, kept: finished.size, description: path };
}

async function* records(
  dataset: SegmentationDataset,
  first: number,
  end: number,
  onSample: TfrecordShardsOptions['onSample'],
): AsyncGenerator<Uint8Array> {
  for (const [offset, files] of dataset.files.slice(first, end).entries()) {
    const { mask } = await dataset.read(first + offset);
    const image = await readBytes(files.image, 'Image');
    const format = imageFormat(image);
    if (format === null) {
      throw new DataError(
        `Image ${files.image} is neither JPEG nor PNG, which is all that TensorFlow DeepLab reads: convert it.`,
      );
    }
    const { width, height } = mask;
    yield encodeExample({ filename: files.id, image, mask: encodeGreyMask(mask) }, { format, width, height });
    onSample?.(first + offset + 1, dataset.files.length);
  }
}
