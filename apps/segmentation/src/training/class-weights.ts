/** The class weights of a run: a list, or computed once from its training masks. */
import { countClassPixels, type SegmentationDataset } from '@plumbline/data';
import { engineCache } from '@plumbline/runtime/engine';
import { classWeightsFrom, type Progress } from '@plumbline/training';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';

export interface ClassWeightOptions {
  progress: Progress;
  signal: AbortSignal;
  /** Where pixel counts are kept. Default: `data` in the user's cache, beside the engine. */
  cache?: string;
}

/**
 * The configuration with `loss.computedClassWeights` filled in, where `loss.classWeights` asks for it: from then on
 * config.json alone says what the run learns with, and a resumed run does not count again.
 *
 * @throws the signal's reason when it is aborted; otherwise one sentence about a mask or the cache.
 */
export async function withClassWeights(
  config: Config,
  training: SegmentationDataset,
  { progress, signal, cache = join(engineCache().root, 'data') }: ClassWeightOptions,
): Promise<Config> {
  const { classWeights, computedClassWeights } = config.loss;
  if (classWeights === 'none' || Array.isArray(classWeights) || computedClassWeights !== null) return config;
  const counts = await countClassPixels(training, {
    cache,
    signal,
    onMask: (done, total) => progress.count(done, total, 'training masks counted for class weights'),
    ...(config.data.trainLimit === null ? {} : { limit: config.data.trainLimit }),
  });
  const weights = classWeightsFrom(counts, classWeights);
  const named = training.classes.map((name, c) => `${name} ${weights[c]}`).join(', ');
  progress.message(
    `Class weights (${classWeights}, ${counts.images} ${training.split} masks of ${training.name}): ${named}.`,
  );
  return { ...config, loss: { ...config.loss, computedClassWeights: weights } };
}
