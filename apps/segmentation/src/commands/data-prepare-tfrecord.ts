/** A split as TFRecord shards for TensorFlow DeepLab. */
import { writeTfrecordShards } from '@plumbline/data';
import { sources, type ConfigArguments } from '@plumbline/training/config';
import { dirname } from 'node:path';
import { openSplit, type SplitName } from '../data/open-data.ts';
import { countProgress } from '../data/data-progress.ts';
import { loadConfig } from '../config/load-config.ts';
import { dataRoot } from './config.ts';

export interface PrepareTfrecordArguments extends ConfigArguments {
  data?: string;
  split: SplitName;
  shards: string;
  name?: string;
  out: string;
}

/** Writes `<out>/<name>-00000-of-00004.tfrecord` and so on, those that are not there yet, and `<out>/<name>.tfrecord.json`. */
export async function prepareTfrecord(options: PrepareTfrecordArguments): Promise<void> {
  const { data, split, name, out } = options;
  const shards = Number(options.shards);
  if (!Number.isInteger(shards) || shards < 1 || shards > 99999) {
    throw new Error(`--shards got "${options.shards}", and a whole number from 1 to 99999 is wanted.`);
  }
  const set = [...(options.set ?? []), ...dataRoot(data)];
  const dataset = await openSplit(await loadConfig(sources({ ...options, set })), split);
  const written = await writeTfrecordShards({
    dataset,
    out,
    shards,
    ...(name === undefined ? {} : { name }),
    onSample: countProgress('images'),
  });
  const { files, kept, description } = written;
  const before = kept === 0 ? '' : `, ${kept === shards ? 'all' : kept} of which were there already`;
  console.log(
    `${dataset.ids.length} images of ${dataset.classes.length} classes in ${shards} shards${before}.\n` +
      `Shards: ${dirname(files[0] as string)}\nNumbers for TensorFlow DeepLab: ${description}`,
  );
}
