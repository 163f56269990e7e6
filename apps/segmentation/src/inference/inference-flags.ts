/** How an image is segmented, as flags of `evaluate` and `predict`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Config } from '../config/config.ts';

export interface InferenceFlags {
  mode?: Config['evaluate']['mode'];
  window?: number;
  stride?: number;
  scales?: number[];
  flip?: boolean;
  baseSize?: number;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of pixels, 1 or more.');
}

function scaleList(text: string): number[] {
  const scales = text.split(',').map(Number);
  if (scales.every((scale) => scale > 0 && Number.isFinite(scale))) return scales;
  throw new InvalidArgumentError('Write positive numbers with commas between them: 0.5,0.75,1,1.25.');
}

/** Adds the flags to a command. */
export const withInferenceFlags = (command: Command): Command =>
  command
    .addOption(
      new Option('--mode <how>', 'the whole image in one pass, or windows').choices(['whole', 'slide']),
    )
    .option('--window <pixels>', 'side of the windows; also sets --mode slide', wholeNumber)
    .option('--stride <pixels>', 'from one window to the next; left out: two thirds of it', wholeNumber)
    .option('--scales <factors>', 'sizes whose logits are averaged: 0.5,0.75,1,1.25', scaleList)
    .option('--flip', 'average with the mirrored image')
    .option('--no-flip', 'do not, whatever the run does')
    .option('--base-size <pixels>', 'resize images to this long side first', wholeNumber);
