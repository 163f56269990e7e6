/** Flags that several commands take. Nothing here may load TensorFlow: `--help` reads it. */
import { collect } from '@plumbline/training/config';
import { Option, type Command } from 'commander';
import { PRESETS } from '../config/presets.ts';
import { checkpointOption } from '../network/checkpoint-option.ts';

export const presetOption = (): Option =>
  new Option('--preset <name>', 'starting point').choices(Object.keys(PRESETS));

/** Adds the flags that say which trained network is meant. */
export const withNetworkFlags = (command: Command): Command =>
  command
    .option('--run <folder>', 'run folder')
    .option(
      '--weights <file>',
      'in place of a run: a safetensors file, for the network of --preset, --config, --set',
    )
    .addOption(presetOption())
    .option('--config <file>', 'with --weights or --deeplab-model: YAML file over the preset')
    .option(
      '--set <a.b=value>',
      'with --weights or --deeplab-model: one option over all else; may be given again',
      collect,
      [],
    )
    .addOption(checkpointOption());
