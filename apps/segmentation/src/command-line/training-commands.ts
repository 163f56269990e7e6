/** The commands that train: `start`, `train`, `compare` and `overfit`; and `config`, which prints what they would do. */
import { collect, type ConfigArguments } from '@plumbline/training/config';
import type { Command } from 'commander';
import type { CompareFlags } from '../commands/compare.ts';
import type { OverfitArguments } from '../commands/overfit.ts';
import type { StartArguments } from '../commands/start.ts';
import type { TrainArguments } from '../commands/train.ts';
import { presetOption } from './shared-flags.ts';

export function addTrainingCommands(program: Command): void {
  program
    .command('start', { isDefault: true })
    .description(
      'the main job: prepare the engine, train for a minute or two, evaluate, write pictures and a report',
    )
    .option('--data <folder>', 'a VOC2012 folder; left out: the sample that comes with the project')
    .option('--run <folder>', 'where to put the run')
    .action(async (options: StartArguments) => (await import('../commands/start.ts')).start(options));

  program
    .command('train')
    .description('train, evaluate and report one configuration')
    .addOption(presetOption())
    .option('--config <file>', 'YAML file over the preset')
    .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
    .option('--data <folder>', 'short for --set data.root=<folder>')
    .option('--weights <file>', 'start from this safetensors file; short for --set model.weights=<file>')
    .option('--run <folder>', 'run folder to create; left out: runs/<preset>-<recipe>-<number>')
    .option('--resume [folder]', 'go on with an unfinished run; without a folder, the latest one under runs/')
    .action(async (options: TrainArguments) => (await import('../commands/train.ts')).train(options));

  program
    .command('compare')
    .description(
      'a ladder of recipes × images per step × seeds as one table and figure; goes on where it stopped',
    )
    .addOption(presetOption())
    .option('--config <file>', 'YAML file over the preset; without it and --preset: the preset quick')
    .option('--set <a.b=value>', 'one option of all runs; may be given again', collect, [])
    .option('--data <folder>', 'short for --set data.root=<folder>')
    .option('--weights <file>', 'start every run from this safetensors file')
    .option(
      '--ladder <name or file>',
      'small-batch, or a YAML file of entries { label, set, perBatch, batch }',
    )
    .option('--recipes <a,b,…>', 'these recipes in place of a ladder')
    .option('--batch <1,2,…>', 'images per step; left out: the ladder’s, else 1,2,4')
    .option('--seeds <0,1,…>', 'seeds; left out: the ladder’s, else 0,1,2')
    .option('--images <number>', 'let every run see so many images; left out: equal steps for all')
    .option(
      '--scale-rate',
      'learning rate proportional to the images per step, the configured one at its batch size',
    )
    .option('--out <folder>', 'where its runs and results go; left out: compare/<preset>-<ladder>')
    .option('--retry-failed', 'try again what diverged or was refused')
    .option('--drop-checkpoints', 'delete the checkpoints of a run when it is finished')
    .option('--summarize <folder>', 'write table and figure of a comparison again, without training')
    .action(async (options: CompareFlags) => {
      const { compare, parseFlags } = await import('../commands/compare.ts');
      await compare(parseFlags(options));
    });

  program
    .command('overfit')
    .description('check that the network learns at all: eight images to at least 90 % mean IoU on themselves')
    .option('--data <folder>', 'a VOC2012 folder; left out: the sample that comes with the project')
    .option('--set <a.b=value>', 'one option over the preset; may be given again', collect, [])
    .option('--run <folder>', 'where to put the run')
    .action(async (options: OverfitArguments) => (await import('../commands/overfit.ts')).overfit(options));

  program
    .command('config')
    .description('print the resolved configuration with the meaning of every option')
    .addOption(presetOption())
    .option('--config <file>', 'YAML file over the preset')
    .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
    .action(async (options: ConfigArguments) => (await import('../commands/config.ts')).printConfig(options));
}
