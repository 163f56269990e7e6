/** `--checkpoint`: which of a run's checkpoints a command is to use. */
import { InvalidArgumentError, Option } from 'commander';

/** The one of the last step, of the best evaluation, or of a step that `train.keepCheckpoints` kept. */
export type CheckpointName = 'last' | 'best' | number;

export function checkpointName(text: string): CheckpointName {
  if (text === 'last' || text === 'best') return text;
  if (/^(0|[1-9]\d*)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be last, best, or the number of a step whose checkpoint was kept.');
}

export const checkpointOption = (): Option =>
  new Option('--checkpoint <which>', 'which weights: last, best, or a step that train.keepCheckpoints kept')
    .argParser(checkpointName)
    .default('last' satisfies CheckpointName);
