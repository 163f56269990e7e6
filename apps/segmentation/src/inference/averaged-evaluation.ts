/** Scoring a run whose weights are averaged: the weights as they are, and the averages, each apart. */
import { percent, type WeightAverage } from '@plumbline/training';
import { evaluateModel, type EvaluateOptions, type EvaluationResult } from './evaluation.ts';

/**
 * Scores the network and hands the result to `work`. Where the weights are averaged, the averages are scored, and they
 * stay in the network until `work` is done: a checkpoint it writes holds them. Before that the raw weights are scored,
 * as the second argument; else that is null.
 */
export async function scoredApart<T>(
  average: WeightAverage | null,
  options: EvaluateOptions,
  work: (result: EvaluationResult, raw: EvaluationResult | null) => Promise<T>,
): Promise<T> {
  if (average === null) return work(await evaluateModel(options), null);
  const scoresOnly = { ...options, pictures: 0 };
  // Predictions are written once, those of the averages.
  delete scoresOnly.onPrediction;
  const raw = await evaluateModel(scoresOnly);
  return average.use(async () => work(await evaluateModel(options), raw));
}

/** What a line of scores says of the raw weights. */
export const besideRaw = (raw: EvaluationResult | null): string =>
  raw === null
    ? ''
    : ` (averaged weights; raw ones: ${percent(raw.scores.meanIoU)}, ${percent(raw.scores.pixelAccuracy)})`;
