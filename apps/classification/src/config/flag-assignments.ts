/** The flags that are short for options, as `--set` would have them. */
import { sources, type ConfigArguments } from '@plumbline/training/config';
import type { Config } from './config.ts';
import { DATASETS, type DatasetConfig } from './dataset-config.ts';
import { loadConfig, validateConfig } from './load-config.ts';

export interface ConfigFlags extends ConfigArguments {
  /** One of `DATASETS`. */
  dataset?: string;
  /** Where it lies, or that of the preset; of `folders` the folder to train on. */
  data?: string;
  recipe?: string;
  weights?: string;
}

/** Quoted, because values are YAML, and a folder may be called 2012. */
const assign = (option: string, value: string): string => `${option}=${JSON.stringify(value)}`;

function datasetNamed(name: string): DatasetConfig['name'] {
  const found = DATASETS.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Error(
    `There is no data set "${name}": use one of ${DATASETS.join(', ')}, or --data with a folder of class folders.`,
  );
}

async function datasetAssignments(flags: ConfigFlags): Promise<string[]> {
  const { dataset: wanted, data } = flags;
  if (wanted === undefined && data === undefined) return [];
  const name = wanted === undefined ? (await loadConfig(sources(flags))).dataset.name : datasetNamed(wanted);
  const place = data === undefined ? {} : { [name === 'folders' ? 'train' : 'root']: data };
  return [`dataset=${JSON.stringify({ name, ...place })}`];
}

/** @throws if there is no such data set. */
export async function assignments(flags: ConfigFlags): Promise<string[]> {
  return [
    ...(await datasetAssignments(flags)),
    ...(flags.recipe === undefined ? [] : [assign('model.recipe', flags.recipe)]),
    ...(flags.weights === undefined ? [] : [assign('model.weights', flags.weights)]),
    ...(flags.set ?? []),
  ];
}

/**
 * The configuration of a command line.
 *
 * @throws if there is no such data set, or an option is not valid.
 */
export const configOf = async (flags: ConfigFlags): Promise<Config> =>
  loadConfig(sources({ ...flags, set: await assignments(flags) }));

/**
 * The configuration of a run with its data where they lie now, or with others to score. Of folders, `data` is the one that is
 * scored, or where the run held out a share of its only one, that one.
 *
 * @throws as `configOf`.
 */
export function withDataset(
  { dataset: before, ...config }: Config,
  { dataset: wanted, data }: ConfigFlags,
): Config {
  const name = wanted === undefined ? before.name : datasetNamed(wanted);
  const kept = name === before.name ? before : { name };
  const isScored = before.name === 'folders' && before.test !== null;
  const option = name !== 'folders' ? 'root' : isScored ? 'test' : 'train';
  const dataset = { ...kept, ...(data === undefined ? {} : { [option]: data }) };
  return validateConfig({ ...config, dataset }, 'of the run, with the flags over it');
}
