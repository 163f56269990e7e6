import { writeIndexMask } from '@plumbline/data';
import { Progress } from '@plumbline/training';
import { join } from 'node:path';
import { openSplit } from '../data/open-data.ts';
import { describeProtocol, evaluateSegmenter, type Segmenter } from '../inference/evaluation.ts';
import { refuseUsedFolder } from '../export/export-folder.ts';
import { openSegmenter, refuseOtherClasses, type SegmenterArguments } from '../network/open-segmenter.ts';
import { placeData, type DataFlags } from '../data/place-data.ts';
import { scoreLine, scoreTable } from '../inference/score-table.ts';
import { writeConfusion, writeScores } from '../inference/write-scores.ts';

export interface EvaluateArguments extends SegmenterArguments, DataFlags {
  out?: string;
  boundary?: boolean;
  overwrite?: boolean;
}

/**
 * Prints the scores of a network, or of Google's DeepLab, with their protocol; with `out`, also writes a palette PNG of
 * every prediction, the scores as JSON and the confusion matrix as a picture.
 */
export async function evaluate(options: EvaluateArguments): Promise<void> {
  const { out, boundary = false } = options;
  if (out !== undefined && options.overwrite !== true) await refuseUsedFolder(out);
  const segmenter = await openSegmenter(options);
  const { config, origin, network } = segmenter;
  const placed = placeData(config, options, origin);
  const effective = segmenter.configure(placed);
  if (boundary) effective.evaluate.boundary = true;
  const dataset = await openSplit(effective, effective.data.valSplit);
  refuseOtherClasses(segmenter, dataset.classes, dataset.name);
  const progress = new Progress();
  const segment: Segmenter = (image, name) => segmenter.segment(image, { config: effective, name });
  const result = await evaluateSegmenter(segment, segmenter.describe(effective), {
    dataset,
    config: effective,
    onImage: (done, total) => progress.count(done, total, 'images'),
    ...(out === undefined
      ? {}
      : { onPrediction: ({ id }, mask) => writeIndexMask(join(out, `${id}.png`), mask, dataset.palette) }),
  });
  console.log(scoreTable(dataset.classes, result.scores));
  console.log(scoreLine(result));
  console.log(`${origin}; ${describeProtocol(result.protocol)}.`);
  if (out === undefined) return;
  await writeScores(join(out, 'scores.json'), dataset, result, network);
  await writeConfusion(join(out, 'confusion.svg'), dataset, result);
  console.log(`Predictions: ${out}, with scores.json and confusion.svg`);
}
