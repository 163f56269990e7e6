/** The weights a network starts from: read from a file, put into the model, and fitted to its normalizations. */
import { SegmentationLoader, type SegmentationDataset } from '@plumbline/data';
import {
  fitNorms,
  importWeights,
  type FittedNorm,
  type ImportReport,
  type ImportResult,
} from '@plumbline/models';
import { tf } from '@plumbline/runtime';
import { useTrainedWeights, writeFileAtomic, type Progress, type RunFolder } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { augmentOptions } from '../data/open-data.ts';
import { refuseFrozenStrangers } from './freeze.ts';

/**
 * Puts a safetensors file's weights into `model`.
 *
 * @throws with one sentence if the file cannot be read, or does not hold the model's backbone.
 */
export const loadWeights = (path: string, model: tfl.LayersModel): Promise<ImportResult> =>
  useTrainedWeights(path, 'the path', (tensors) => importWeights(model, tensors));

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** One sentence; the whole report is in the run folder. */
export function describeImport(path: string, report: ImportReport): string {
  const { format, matched, missing, unexpected, shapeChanged, changedFunction } = report;
  const first = changedFunction[0];
  return [
    `Weights from ${path}, read as ${format}'s: ${counted(matched.length, 'weight')} matched`,
    `${missing.length} missing${missing.length === 0 ? '' : ` (${missing.slice(0, 3).join(', ')} …)`}`,
    `${unexpected.length} unexpected${unexpected.length === 0 ? '' : ` (${unexpected.slice(0, 3).join(', ')} …)`}`,
    `${shapeChanged.length} of another shape${shapeChanged.length === 0 ? '' : ` (${shapeChanged.map(({ weight }) => weight).join(', ')})`}`,
    first === undefined
      ? 'the network computes what the file’s does.'
      : `${counted(changedFunction.length, 'layer')} not the file’s function (${first.layer}: ${first.why}).`,
  ].join('; ');
}

/** What `startFromWeights` did. */
export interface StartWeights {
  file: string;
  report: ImportReport;
  fitted: FittedNorm[];
}

/**
 * Loads `model.weights` and fits the normalizations on the first `model.fitImages` augmented training images; null where the
 * configuration names no weights.
 */
export async function startFromWeights(
  config: Config,
  model: tfl.LayersModel,
  training: SegmentationDataset,
): Promise<StartWeights | null> {
  const { weights: file, fitImages } = config.model;
  if (file === null) return null;
  const imported = await loadWeights(file, model);
  refuseFrozenStrangers(model, config, imported);
  const images = Math.min(fitImages, training.ids.length);
  if (images === 0 || imported.wanted.size === 0) return { file, report: imported.report, fitted: [] };
  const loader = new SegmentationLoader({
    dataset: training,
    augment: augmentOptions(config),
    batchSize: images,
    seed: config.seed,
    workers: 0,
  });
  try {
    for await (const batch of loader.batches(0)) {
      const input = tf.tensor4d(batch.images, [...batch.shape, 3]);
      const fitted = fitNorms(model, imported, input);
      input.dispose();
      return { file, report: imported.report, fitted };
    }
  } finally {
    await loader.close();
  }
  return null;
}

/** Says what was loaded, and writes all of it to the run's `weights.json`. */
export async function reportStart(run: RunFolder, start: StartWeights, progress: Progress): Promise<void> {
  await writeFileAtomic(run.file('weights.json'), `${JSON.stringify(start, null, 2)}\n`);
  const { file, report, fitted } = start;
  const fit = fitted.length === 0 ? '' : ` ${counted(fitted.length, 'normalization')} fitted to it.`;
  progress.message(`${describeImport(file, report)}${fit}`);
}
