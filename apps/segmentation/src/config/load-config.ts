/** Reads configurations of segmentation runs: defaults, then preset, then YAML file, then `--set a.b=c`. */
import { createConfigLoader, type ConfigSources } from '@plumbline/training/config';
import { configSchema, type Config } from './config.ts';
import { readClassSet } from '../data/classes.ts';
import { PRESETS } from './presets.ts';

const loader = createConfigLoader({ schema: configSchema, presets: PRESETS });

/** Checks a tree of options against the schema; `origin` says where it came from. */
export const validateConfig: (tree: unknown, origin: string) => Config = loader.validate;

/** The resolved configuration. Errors name the option, what it got and what it wants. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const config = await loader.load(sources);
  const { classes } = config.data.list;
  if (classes !== null && sources.set?.some((text) => text.startsWith('data.root=')) === true) {
    throw new Error(
      'data.root (--data) is given, but data.list names the images in its place: leave out one of them.',
    );
  }
  // Into the configuration itself, so that a run folder needs no other file to say what its classes are.
  if (typeof classes === 'string') config.data.list.classes = await readClassSet(classes);
  return config;
}
