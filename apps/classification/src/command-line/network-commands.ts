/** The commands that use a trained network: `evaluate` and `predict`. Nothing here may load TensorFlow: `--help` reads it. */
import { Option, type Command } from 'commander';
import type { EvaluateArguments } from '../commands/evaluate.ts';
import type { PredictArguments } from '../commands/predict.ts';
import { withConfigFlags } from './training-commands.ts';
import { wholeNumber } from './whole-number.ts';

/** Adds the flags that say which network answers. */
const withNetwork = (command: Command): Command =>
  withConfigFlags(command)
    .option('--run <folder>', 'run folder')
    .addOption(
      new Option('--checkpoint <name>', 'of a run: last, or best by the test images')
        .choices(['last', 'best'])
        .default('last'),
    )
    .option('--weights <file>', 'instead of a run: trained network, safetensors, with the --preset it is for')
    .option('--recipe <name>', 'of such a network')
    .option('--flip', 'answer with the mean of an image and its mirror image');

export function addNetworkCommands(program: Command): void {
  withNetwork(program.command('evaluate'))
    .description('top-1 and top-5 accuracy of a network on a test set')
    .option('--out <file>', 'also write the scores and the confusion matrix as JSON')
    .option('--overwrite', 'replace the file')
    .action(async (options: EvaluateArguments) =>
      (await import('../commands/evaluate.ts')).evaluate(options),
    );

  withNetwork(program.command('predict'))
    .description('classify images: image, class and probability as CSV')
    .argument('<images...>', 'image files, or folders with some')
    .option('--top <count>', 'likeliest classes to name', wholeNumber, 1)
    .option('--out <file>', 'CSV file; left out: standard output')
    .option('--overwrite', 'replace the file')
    .action(async (images: string[], options: PredictArguments) =>
      (await import('../commands/predict.ts')).predict(images, options),
    );
}
