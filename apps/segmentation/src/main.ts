#!/usr/bin/env node
/** The command line: `plumbline-segmentation train | evaluate | predict | config | start`. */
import { prepareEngine } from '@plumbline/runtime/engine';
import { Command, Option } from 'commander';
import type { CompareFlags } from './commands/compare.ts';
import { checkpointOption } from './network/checkpoint-option.ts';
import type { ConfigArguments } from './commands/config.ts';
import type { DataInspectArguments } from './commands/data-inspect.ts';
import type { PrepareCocoArguments } from './commands/data-prepare-coco.ts';
import type { PseudoLabelArguments } from './commands/data-prepare-pseudo-labels.ts';
import type { PrepareFromTfrecordArguments } from './commands/data-prepare-from-tfrecord.ts';
import type { PrepareTfrecordArguments } from './commands/data-prepare-tfrecord.ts';
import type { PrepareVocArguments } from './commands/data-prepare-voc.ts';
import type { EvaluateArguments } from './commands/evaluate.ts';
import type { ExportArguments } from './commands/export.ts';
import type { OverfitArguments } from './commands/overfit.ts';
import type { PredictArguments } from './commands/predict.ts';
import type { StartArguments } from './commands/start.ts';
import type { TrainArguments } from './commands/train.ts';
import { withExportFlags } from './export/export-flags.ts';
import { confidence, withDeeplabFlags } from './network/deeplab-flags.ts';
import { withInferenceFlags } from './inference/inference-flags.ts';
import { PRESETS } from './config/presets.ts';
import { refuseSwallowedFlags } from './commands/refuse-swallowed-flags.ts';

// Commands are imported when they run: `--help` must not load TensorFlow, and nothing else before its engine is there.
const WITHOUT_ENGINE: readonly string[] = ['config', 'inspect', 'voc', 'coco', 'tfrecord', 'from-tfrecord'];
const program = new Command('plumbline-segmentation')
  .description('DeepLab on PASCAL VOC with one or two images per step')
  .showHelpAfterError('(--help shows the options)')
  .hook('preAction', async (_, command) => {
    refuseSwallowedFlags(command);
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
    .option('--config <file>', 'with --weights or --deeplab-model: YAML file over the preset')
    .option(
      '--set <a.b=value>',
      'with --weights or --deeplab-model: one option over all else; may be given again',
      collect,
      [],
    )
    .addOption(checkpointOption());

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
  .option('--resume [folder]', 'go on with an unfinished run; without a folder, the latest one under runs/')
  .action(async (options: TrainArguments) => (await import('./commands/train.ts')).train(options));

withDeeplabFlags(withNetworkFlags(withInferenceFlags(program.command('evaluate'))))
  .description('score a run’s network, one with weights from elsewhere, or Google’s DeepLab, on a split')
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

withExportFlags(withNetworkFlags(program.command('export')))
  .description(
    'write a network as plain TensorFlow.js layers, or as a SavedModel, and check it against the original',
  )
  .action(async (options: ExportArguments) => (await import('./commands/export.ts')).exportModel(options));

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
  .option('--ladder <name or file>', 'small-batch, or a YAML file of entries { label, set, perBatch, batch }')
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
    const { compare, parseFlags } = await import('./commands/compare.ts');
    await compare(parseFlags(options));
  });

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

const prepare = data
  .command('prepare')
  .description('fetch PASCAL VOC, or turn another format into masks and a list');

prepare
  .command('voc')
  .description(
    'PASCAL VOC 2012 with the extra masks of SBD: fetch, unpack, convert, list; goes on where it was stopped',
  )
  .requiredOption(
    '--out <folder>',
    'VOCdevkit/VOC2012 is made here; in a folder that holds it, what is missing is added',
  )
  .option('--voc-archive <file>', 'a copy of VOCtrainval_11-May-2012.tar; left out: it is downloaded')
  .option('--sbd-archive <path>', 'a copy of benchmark.tgz, packed or unpacked; left out: it is downloaded')
  .option('--no-sbd', 'leave SBD out: train and val, no trainaug')
  .action(async (options: PrepareVocArguments) =>
    (await import('./commands/data-prepare-voc.ts')).prepareVoc(options),
  );

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

prepare
  .command('tfrecord')
  .description('a split as TFRecord shards for TensorFlow DeepLab; goes on where it was interrupted')
  .addOption(presetOption())
  .option('--config <file>', 'YAML file over the preset')
  .option(
    '--set <a.b=value>',
    'one option over all else, such as data.list.train; may be given again',
    collect,
    [],
  )
  .option('--data <folder>', 'a VOC2012 folder; short for --set data.root=<folder>')
  .addOption(
    new Option('--split <name>', 'which images')
      .choices(['train', 'val', 'trainval', 'trainaug'])
      .default('train'),
  )
  .option('--shards <number>', 'how many files', '4')
  .option('--name <name>', 'what they are called, such as train_aug; left out: the split')
  .requiredOption('--out <folder>', 'where to write')
  .action(async (options: PrepareTfrecordArguments) =>
    (await import('./commands/data-prepare-tfrecord.ts')).prepareTfrecord(options),
  );

prepare
  .command('from-tfrecord')
  .description('TFRecord shards of TensorFlow DeepLab into images, masks, a list and a class file')
  .argument('<shards...>', 'files, or patterns such as "shards/train-*"')
  .option('--classes <file>', 'YAML or JSON file with their classes')
  .option('--voc', 'the classes are those of PASCAL VOC')
  .option('--split <name>', 'name of the list; left out: what the names of the shards begin with')
  .requiredOption('--out <folder>', 'where to write')
  .action(async (shards: string[], options: PrepareFromTfrecordArguments) =>
    (await import('./commands/data-prepare-from-tfrecord.ts')).prepareFromTfrecord(shards, options),
  );

withDeeplabFlags(withNetworkFlags(withInferenceFlags(prepare.command('pseudo-labels'))))
  .description('masks of images without any, as a trained network answers; goes on where it was interrupted')
  .argument('[images...]', 'images, folders, patterns, or - for paths on standard input')
  .option('--list <file>', 'file with the path of an image on each line')
  .option('--min-confidence <share>', 'pixels whose softmax is below it become void, such as 0.9', confidence)
  .option('--classes <file>', 'class file of the data they are for; left out: the network’s classes')
  .option('--split <name>', 'name of the list', 'train')
  .requiredOption('--out <folder>', 'where to write masks, list and class file')
  .action(async (images: string[], options: PseudoLabelArguments) =>
    (await import('./commands/data-prepare-pseudo-labels.ts')).preparePseudoLabels(images, options),
  );

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (process.env['PLUMBLINE_DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
