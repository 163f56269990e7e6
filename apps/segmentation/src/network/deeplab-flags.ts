/** The flags of `evaluate` and `data prepare pseudo-labels` for Google's DeepLab; needs no engine. */
import { InvalidArgumentError, Option, type Command } from 'commander';

/** The data sets whose networks `@tensorflow-models/deeplab` knows. */
export const DEEPLAB_BASES = ['pascal', 'cityscapes', 'ade20k'] as const;
export type DeeplabBase = (typeof DEEPLAB_BASES)[number];

/** Adds the flags to a command. */
export const withDeeplabFlags = (command: Command): Command =>
  command
    .option(
      '--deeplab-model <folder>',
      'in place of a run: your own copy of a TensorFlow.js graph model (model.json and its weight files) for ' +
        '@tensorflow-models/deeplab; the project has none, and nothing is downloaded',
    )
    .addOption(
      new Option('--base <data set>', 'what that model was trained on; left out: pascal').choices(
        DEEPLAB_BASES,
      ),
    );

/** A least probability of a class. */
export function confidence(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number above 0 and at most 1, such as 0.9.');
}
