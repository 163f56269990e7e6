/** The command that uses an adapted network: `predict`. Nothing here may load TensorFlow: `--help` reads it. */
import { Option, type Command } from 'commander';
import type { PredictArguments } from '../commands/predict.ts';

export function addNetworkCommands(program: Command): void {
  program
    .command('predict')
    .description('classify images with a run’s adapted network: image, class and probability as CSV')
    .argument('<images...>', 'image files, or folders with some')
    .requiredOption('--run <folder>', 'run folder')
    .addOption(
      new Option(
        '--checkpoint <name>',
        'best: chosen without labels of the target, or adapted at the end; last',
      )
        .choices(['best', 'last'])
        .default('best'),
    )
    .option('--out <file>', 'CSV file; left out: standard output')
    .option('--overwrite', 'replace the file')
    .action(async (images: string[], options: PredictArguments) =>
      (await import('../commands/predict.ts')).predict(images, options),
    );
}
