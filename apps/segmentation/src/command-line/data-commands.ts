/** The commands below `data`: `inspect`, and `prepare` with what it prepares from. */
import { collect } from '@plumbline/training/config';
import { Option, type Command } from 'commander';
import type { DataInspectArguments } from '../commands/data-inspect.ts';
import type { PrepareCocoArguments } from '../commands/data-prepare-coco.ts';
import type { PrepareFromTfrecordArguments } from '../commands/data-prepare-from-tfrecord.ts';
import type { PseudoLabelArguments } from '../commands/data-prepare-pseudo-labels.ts';
import type { PrepareTfrecordArguments } from '../commands/data-prepare-tfrecord.ts';
import type { PrepareVocArguments } from '../commands/data-prepare-voc.ts';
import { withInferenceFlags } from '../inference/inference-flags.ts';
import { confidence, withDeeplabFlags } from '../network/deeplab-flags.ts';
import { presetOption, withNetworkFlags } from './shared-flags.ts';

export function addDataCommands(program: Command): void {
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
      (await import('../commands/data-inspect.ts')).dataInspect(options),
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
      (await import('../commands/data-prepare-voc.ts')).prepareVoc(options),
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
      (await import('../commands/data-prepare-coco.ts')).prepareCoco(options),
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
      (await import('../commands/data-prepare-tfrecord.ts')).prepareTfrecord(options),
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
      (await import('../commands/data-prepare-from-tfrecord.ts')).prepareFromTfrecord(shards, options),
    );

  withDeeplabFlags(withNetworkFlags(withInferenceFlags(prepare.command('pseudo-labels'))))
    .description(
      'masks of images without any, as a trained network answers; goes on where it was interrupted',
    )
    .argument('[images...]', 'images, folders, patterns, or - for paths on standard input')
    .option('--list <file>', 'file with the path of an image on each line')
    .option(
      '--min-confidence <share>',
      'pixels whose softmax is below it become void, such as 0.9',
      confidence,
    )
    .option('--classes <file>', 'class file of the data they are for; left out: the network’s classes')
    .option('--split <name>', 'name of the list', 'train')
    .requiredOption('--out <folder>', 'where to write masks, list and class file')
    .action(async (images: string[], options: PseudoLabelArguments) =>
      (await import('../commands/data-prepare-pseudo-labels.ts')).preparePseudoLabels(images, options),
    );
}
