#!/usr/bin/env node
/** The command line: `plumbline-segmentation train | evaluate | predict | config | start`. */
import { prepareEngine } from '@plumbline/runtime/engine';
import { Command, Option } from 'commander';
import type { ConfigArguments } from './commands/config.ts';
import type { DataInspectArguments } from './commands/data-inspect.ts';
import type { PrepareCocoArguments } from './commands/data-prepare-coco.ts';
import type { EvaluateArguments } from './commands/evaluate.ts';
import type { OverfitArguments } from './commands/overfit.ts';
import type { PredictArguments } from './commands/predict.ts';
import type { StartArguments } from './commands/start.ts';
import type { TrainArguments } from './commands/train.ts';
import { withInferenceFlags } from './inference-flags.ts';
import { PRESETS } from './presets.ts';

// Commands are imported when they run: `--help` must not load TensorFlow, and nothing else before its engine is there.
const WITHOUT_ENGINE: readonly string[] = ['config', 'inspect', 'coco'];
const program = new Command('plumbline-segmentation')
  .description('DeepLab on PASCAL VOC with one or two images per step')
  .showHelpAfterError('(--help shows the options)')
  .hook('preAction', async (_, command) => {
    if (!WITHOUT_ENGINE.includes(command.name())) await prepareEngine();
  });

const presetOption = (): Option =>
  new Option('--preset <name>', 'starting point').choices(Object.keys(PRESETS));
const collect = (value: string, before: string[]): string[] => [...before, value];

/** Adds the flags that say which trained network is meant. */
const withNetworkFlags = (command: Command): Command =>
  command
    .option('--run <folder>', 'run folder')
    .option(
      '--weights <file>',
      'in place of a run: a safetensors file, for the network of --preset, --config, --set',
    )
    .addOption(presetOption())
    .option('--config <file>', 'with --weights: YAML file over the preset')
    .option('--set <a.b=value>', 'with --weights: one option over all else; may be given again', collect, [])
    .addOption(new Option('--checkpoint <which>', 'which weights').choices(['last', 'best']).default('last'));

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
  .option('--weights <file>', 'start from this safetensors file; short for --set model.weights=<file>')
  .option('--run <folder>', 'run folder to create; left out: runs/<preset>-<recipe>-<number>')
  .option('--resume <folder>', 'go on with the unfinished run in this folder')
  .action(async (options: TrainArguments) => (await import('./commands/train.ts')).train(options));

withNetworkFlags(withInferenceFlags(program.command('evaluate')))
  .description('score a run’s network, or one with weights from elsewhere, on a split')
  .option('--data <folder>', 'another VOC2012 folder, or list, than the one it was trained on')
  .option('--split <name>', 'another split than the configuration’s')
  .option('--boundary', 'also score how well the borders of regions are met')
  .option(
    '--out <folder>',
    'write there a palette PNG of every prediction, the scores and the confusion matrix',
  )
  .option('--overwrite', 'write into a folder that is not empty')
  .action(async (options: EvaluateArguments) => (await import('./commands/evaluate.ts')).evaluate(options));

withNetworkFlags(withInferenceFlags(program.command('predict')))
  .description('segment images: palette PNG, overlay, and the share of each class as JSON')
  .argument(
    '[images...]',
    'images, folders, patterns such as "photos/**/*.jpg", or - for paths on standard input',
  )
  .option('--list <file>', 'file with the path of an image on each line')
  .requiredOption('--out <folder>', 'where to write; names and folders are kept')
  .option('--overwrite', 'replace results that exist')
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

const data = program.command('data').description('look at a data set, or prepare one');

data
  .command('inspect')
  .description('check every file of the training and evaluation split; exit code 1 if anything is wrong')
  .addOption(presetOption())
  .option('--config <file>', 'YAML file over the preset')
  .option('--set <a.b=value>', 'one option over all else; may be given again', collect, [])
  .option('--data <folder>', 'short for --set data.root=<folder>')
  .option('--pictures <number>', 'augmented crops on the page', '24')
  .option('--out <folder>', 'where to write inspection.html and inspection.json', 'runs/inspection')
  .action(async (options: DataInspectArguments) =>
    (await import('./commands/data-inspect.ts')).dataInspect(options),
  );

const prepare = data.command('prepare').description('turn another format into masks and a list');

prepare
  .command('coco')
  .description('COCO instance JSON into masks, a list and a class file; crowds become void')
  .requiredOption('--annotations <file>', 'instances JSON')
  .requiredOption('--images <folder>', 'where its images lie')
  .requiredOption('--out <folder>', 'where to write')
  .option('--split <name>', 'name of the list', 'train')
  .option('--categories <a,b,…>', 'only these, in this order; left out: all')
  .action(async (options: PrepareCocoArguments) =>
    (await import('./commands/data-prepare-coco.ts')).prepareCoco(options),
  );

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (process.env['PLUMBLINE_DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
