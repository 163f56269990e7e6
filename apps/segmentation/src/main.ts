#!/usr/bin/env node
/** The command line: `plumbline-segmentation train | evaluate | predict | config | start`. */
import { prepareEngine } from '@plumbline/runtime/engine';
import { Command, Option } from 'commander';
import type { ConfigArguments } from './commands/config.ts';
import type { EvaluateArguments } from './commands/evaluate.ts';
import type { OverfitArguments } from './commands/overfit.ts';
import type { PredictArguments } from './commands/predict.ts';
import type { StartArguments } from './commands/start.ts';
import type { TrainArguments } from './commands/train.ts';
import { PRESETS } from './presets.ts';

// Commands are imported when they run: `--help` must not load TensorFlow, and nothing else before its engine is there.
const program = new Command('plumbline-segmentation')
  .description('DeepLab on PASCAL VOC with one or two images per step')
  .showHelpAfterError('(--help shows the options)')
  .hook('preAction', async (_, command) => {
    if (command.name() !== 'config') await prepareEngine();
  });

const presetOption = (): Option =>
  new Option('--preset <name>', 'starting point').choices(Object.keys(PRESETS));
const collect = (value: string, before: string[]): string[] => [...before, value];

program
  .command('start', { isDefault: true })
  .description(
    'the main job: prepare the engine, train about two minutes, evaluate, write pictures and a report',
  )
  .option('--data <folder>', 'a VOC2012 folder; left out: the sample that comes with the project')
  .option('--run <folder>', 'where to put the run')
  .action(async (options: StartArguments) => (await import('./commands/start.ts')).start(options));

program
  .command('train')
  .description('train, evaluate and report one configuration')
  .addOption(presetOption())
  .option('--config <file>', 'YAML file over the preset')
  .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
  .option('--data <folder>', 'short for --set data.root=<folder>')
  .option('--run <folder>', 'run folder to create; left out: runs/<preset>-<recipe>-<number>')
  .option('--resume <folder>', 'go on with the unfinished run in this folder')
  .action(async (options: TrainArguments) => (await import('./commands/train.ts')).train(options));

program
  .command('evaluate')
  .description('score a run’s network on a split')
  .requiredOption('--run <folder>', 'run folder')
  .addOption(new Option('--checkpoint <which>', 'which weights').choices(['last', 'best']).default('last'))
  .option('--data <folder>', 'another VOC2012 folder than the one it was trained on')
  .option('--split <name>', 'another split than the configuration’s')
  .option('--out <folder>', 'write a palette PNG of every prediction there')
  .action(async (options: EvaluateArguments) => (await import('./commands/evaluate.ts')).evaluate(options));

program
  .command('predict')
  .description('segment images: palette PNG and overlay for each')
  .argument('<images...>', 'image files, or folders of images')
  .requiredOption('--run <folder>', 'run folder')
  .addOption(new Option('--checkpoint <which>', 'which weights').choices(['last', 'best']).default('last'))
  .requiredOption('--out <folder>', 'where to write')
  .action(async (images: string[], options: PredictArguments) =>
    (await import('./commands/predict.ts')).predict(images, options),
  );

program
  .command('overfit')
  .description('check that the network learns at all: eight images to at least 90 % mean IoU on themselves')
  .option('--data <folder>', 'a VOC2012 folder; left out: the sample that comes with the project')
  .option('--set <a.b=value>', 'one option over the preset; may be given again', collect, [])
  .option('--run <folder>', 'where to put the run')
  .action(async (options: OverfitArguments) => (await import('./commands/overfit.ts')).overfit(options));

program
  .command('config')
  .description('print the resolved configuration with the meaning of every option')
  .addOption(presetOption())
  .option('--config <file>', 'YAML file over the preset')
  .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
  .action(async (options: ConfigArguments) => (await import('./commands/config.ts')).printConfig(options));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (process.env['PLUMBLINE_DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
