/** The commands `start`, `train` and `config`. Nothing here may load TensorFlow: `--help` reads it. */
import { collect } from '@plumbline/training/config';
import { Option, type Command } from 'commander';
import type { StartArguments } from '../commands/start.ts';
import type { TrainArguments } from '../commands/train.ts';
import type { ConfigFlags } from '../config/flag-assignments.ts';
import { PRESETS } from '../config/presets.ts';

/** Adds the flags that say what a run is. */
export const withConfigFlags = (command: Command): Command =>
  command
    .addOption(new Option('--preset <name>', 'starting point').choices(Object.keys(PRESETS)))
    .option('--config <file>', 'YAML file over the preset')
    .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
    .option('--weights <file>', 'trained backbone, safetensors; short for --set model.weights=<file>');

export function addTrainingCommands(program: Command): void {
  program
    .command('start', { isDefault: true })
    .description('adapt a network between the two sample domains of the project, about a minute')
    .option('--run <folder>', 'where to put the run')
    .action(async (options: StartArguments) => (await import('../commands/start.ts')).start(options));

  const withTaskFlags = (command: Command): Command =>
    withConfigFlags(command)
      .option('--task <name>', 'A-W, D-W, W-D, A-D, D-A, W-A, mnist-usps or usps-mnist')
      .option(
        '--data <folder>',
        'with --task, where Office-31 lies, or mnist and usps; without, two folders: source,target',
      )
      .option(
        '--method <name>',
        'a method or a variant such as cdan+e; the preset’s options of its own method hold for it too',
      );

  withTaskFlags(program.command('train'))
    .description('train one network on a labelled source and an unlabelled target, evaluate and report')
    .option('--run <folder>', 'run folder to create; left out: runs/<task>-<method>-<recipe>-<number>')
    .option('--resume [folder]', 'go on with an unfinished run; without a folder, the latest one under runs/')
    .action(async (options: TrainArguments) => (await import('../commands/train.ts')).train(options));

  withTaskFlags(program.command('config'))
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
