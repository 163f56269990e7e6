/** The flags of `export`, for the command line. Nothing here loads TensorFlow. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { WeightPrecision } from '@plumbline/models';
import type { InputValues } from './export-metadata.ts';
import type { ExportFormat } from './load-exported.ts';

const FORMATS = ['layers', 'saved-model'] as const satisfies readonly ExportFormat[];
const PRECISIONS = ['float32', 'float16', 'uint8'] as const satisfies readonly WeightPrecision[];
const VALUES = ['pixels', 'normalized'] as const satisfies readonly InputValues[];

function formatList(text: string): ExportFormat[] {
  const formats = text.split(',').map((name) => FORMATS.find((format) => format === name.trim()));
  if (formats.every((format) => format !== undefined)) return [...new Set(formats)];
  throw new InvalidArgumentError(`Write ${FORMATS.join(' or ')}, or both with a comma between them.`);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

function difference(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  throw new InvalidArgumentError('It must be a number from 0 on, such as 1e-3.');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('It must be a percentage from 0 to 100.');
}

/** Adds the flags to a command. */
export const withExportFlags = (command: Command): Command =>
  command
    .requiredOption('--out <folder>', 'folder to create')
    .option('--overwrite', 'replace an earlier export')
    .option('--format <a,b>', `${FORMATS.join(', ')}, or both`, formatList, [
      'layers',
    ] satisfies ExportFormat[])
    .addOption(
      new Option('--precision <type>', 'of the stored kernels').choices(PRECISIONS).default('float32'),
    )
    .option('--size <pixels>', 'width and height of the input; left out: evaluate.size', wholeNumber)
    .addOption(
      new Option('--input <values>', 'RGB in 0…255, normalized inside, or what the network itself takes')
        .choices(VALUES)
        .default('pixels'),
    )
    .option('--data <folder>', 'compare on another VOC2012 folder, or list, than the one it was trained on')
    .option('--split <name>', 'compare on another split than the configuration’s')
    .option('--images <number>', 'compare on so many images', wholeNumber, 8)
    .option(
      '--max-difference <share>',
      'refuse a larger difference, as a share of the largest logit; left out: 1e-3 for float32, else any',
      difference,
    )
    .option(
      '--min-agreement <percent>',
      'refuse if fewer pixels get the same class; left out: 99.9, or 98 for uint8',
      share,
    );
