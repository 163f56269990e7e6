/** The commands `start`, `train`, `config` and `presets`. Nothing here may load TensorFlow: `--help` reads it. */
import { collect } from '@plumbline/training/config';
import { Option, type Command } from 'commander';
import type { StartArguments } from '../commands/start.ts';
import type { TrainArguments } from '../commands/train.ts';
import { DATASETS } from '../config/dataset-config.ts';
import type { ConfigFlags } from '../config/flag-assignments.ts';
import { PRESETS } from '../config/presets.ts';

/** Adds the flags that say what a run is, but for its normalization. */
export const withConfigFlags = (command: Command): Command =>
  command
    .addOption(new Option('--preset <name>', 'starting point').choices(Object.keys(PRESETS)))
    .option('--config <file>', 'YAML file over the preset')
    .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
    .addOption(new Option('--dataset <name>', 'what is classified').choices(DATASETS))
    .option('--data <folder>', 'where it lies; without a data set or preset, a folder of class folders');

export function addTrainingCommands(program: Command): void {
  program
    .command('start', { isDefault: true })
    .description('train a small network on the drawn symbols of the project, about a minute')
    .option('--run <folder>', 'where to put the run')
    .action(async (options: StartArguments) => (await import('../commands/start.ts')).start(options));

  const withNetworkFlags = (command: Command): Command =>
    withConfigFlags(command)
      .option('--recipe <name>', 'normalization: wa+gn, bn, ws+gn …; short for --set model.recipe=…')
      .option('--weights <file>', 'trained network, safetensors; short for --set model.weights=…');

  withNetworkFlags(program.command('train'))
    .description('train one network, evaluate and report')
    .option('--run <folder>', 'run folder to create; left out: runs/<data set>-<recipe>-<number>')
    .option('--resume [folder]', 'go on with an unfinished run; without a folder, the latest one under runs/')
    .action(async (options: TrainArguments) => (await import('../commands/train.ts')).train(options));

  withNetworkFlags(program.command('config'))
    .description('print the resolved configuration with the meaning of every option')
    .action(async (options: ConfigFlags) => (await import('../commands/config.ts')).printConfig(options));

  program
    .command('presets')
    .description('list the presets, with what their originals gave')
    .action(() => {
      for (const [name, { description }] of Object.entries(PRESETS))
        console.log(`${name.padEnd(20)}${description}`);
    });
}
