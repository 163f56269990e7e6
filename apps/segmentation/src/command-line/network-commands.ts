/** The commands that use a trained network: `evaluate`, `predict` and `export`. */
import type { Command } from 'commander';
import type { EvaluateArguments } from '../commands/evaluate.ts';
import type { ExportArguments } from '../commands/export.ts';
import type { PredictArguments } from '../commands/predict.ts';
import { withExportFlags } from '../export/export-flags.ts';
import { withInferenceFlags } from '../inference/inference-flags.ts';
import { withDeeplabFlags } from '../network/deeplab-flags.ts';
import { withNetworkFlags } from './shared-flags.ts';

export function addNetworkCommands(program: Command): void {
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
    .action(async (options: EvaluateArguments) =>
      (await import('../commands/evaluate.ts')).evaluate(options),
    );

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
      (await import('../commands/predict.ts')).predict(images, options),
    );

  withExportFlags(withNetworkFlags(program.command('export')))
    .description(
      'write a network as plain TensorFlow.js layers, or as a SavedModel, and check it against the original',
    )
    .action(async (options: ExportArguments) => (await import('../commands/export.ts')).exportModel(options));
}
