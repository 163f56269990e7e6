/** A network from a finished or unfinished run folder, ready to be used. */
import { loadCheckpoint, RunFolder, WeightAverage } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { buildModel } from './build-model.ts';
import type { Config } from './config.ts';
import { classCount } from './data-open.ts';
import { validateConfig } from './load-config.ts';

export interface TrainedModel {
  config: Config;
  model: tfl.LayersModel;
  run: RunFolder;
  /** Optimizer steps the weights have seen. */
  step: number;
  /** Whether the weights are averages, as of every run with `train.ema`: those its report scores. */
  averaged: boolean;
}

/** @throws with one sentence when the folder holds no run or no such checkpoint. */
export async function openTrained(folder: string, checkpoint: 'last' | 'best'): Promise<TrainedModel> {
  const run = await RunFolder.open(folder);
  const config = validateConfig(await run.readConfig(), run.file('config.json'));
  const model = buildModel(config, classCount(config));
  const path = checkpoint === 'best' ? run.bestCheckpoint : run.lastCheckpoint;
  const { ema } = config.train;
  // The best checkpoint's model holds the averages itself.
  const average = ema === null || checkpoint === 'best' ? null : new WeightAverage(model, { decay: ema });
  const { step } = await loadCheckpoint(path, { model, ...(average === null ? {} : { average }) });
  average?.settle();
  return { config, model, run, step, averaged: ema !== null };
}
