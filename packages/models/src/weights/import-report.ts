/** What an import of weights has to say: what fits, what does not, and when that is too little. */
import type * as tfl from '@tensorflow/tfjs-layers';
import type { NamedWeights } from './named-weights.ts';

/** What became of a weights file and of a model's weights. Names of weights are `layer/weight`. */
export interface ImportReport {
  format: NamedWeights['format'];
  /** Weights of the model that were set from the file. */
  matched: string[];
  /** Weights of the model that the file has nothing for; they stay as they were. */
  missing: string[];
  /** Names in the file that the model has no place for. */
  unexpected: string[];
  /** Weights that both have in another shape, such as a classifier of other classes; they stay as they were. */
  shapeChanged: { weight: string; model: readonly number[]; file: readonly number[] }[];
  /** Layers that got the file's weights but do not compute with them what the file's model does, and why. */
  changedFunction: { layer: string; why: string }[];
}

/** The sentence with which an import is refused. */
export function refusal(
  model: tfl.LayersModel,
  { format, matched, unexpected }: ImportReport,
  missing: readonly string[],
  changed: ImportReport['shapeChanged'],
): string {
  const listed = (names: readonly string[]): string =>
    names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
  const shape = (lengths: readonly number[]): string => `[${lengths.join(', ')}]`;
  const problems = [
    ...(missing.length === 0 ? [] : [`it lacks ${listed(missing)}`]),
    ...(changed.length === 0
      ? []
      : [
          `of another shape are ${listed(
            changed.map((c) => `${c.weight} (file ${shape(c.file)}, model ${shape(c.model)})`),
          )}`,
        ]),
    ...(matched.length === 0 ? [`none of its ${unexpected.length} tensors belongs to the model`] : []),
  ];
  return (
    `The weights, read as ${format}'s, do not fit the model "${model.name}": ${problems.join('; ')}. Build the model ` +
    `that they were trained with: its backbone, depth, width or classes.`
  );
}
