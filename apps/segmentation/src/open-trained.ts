/** A network from a finished or unfinished run folder, ready to be used. */
import { VOC_CLASSES } from '@plumbline/data';
import { loadCheckpoint, RunFolder } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { buildModel } from './build-model.ts';
import type { Config } from './config.ts';
import { validateConfig } from './load-config.ts';

export interface TrainedModel {
  config: Config;
  model: tfl.LayersModel;
  run: RunFolder;
  /** Optimizer steps the weights have seen. */
  step: number;
}

/** @throws with one sentence when the folder holds no run or no such checkpoint. */
export async function openTrained(folder: string, checkpoint: 'last' | 'best'): Promise<TrainedModel> {
  const run = await RunFolder.open(folder);
  const config = validateConfig(await run.readConfig(), run.file('config.json'));
  const model = buildModel(config, VOC_CLASSES.length);
  const path = checkpoint === 'best' ? run.bestCheckpoint : run.lastCheckpoint;
  const { step } = await loadCheckpoint(path, { model });
  return { config, model, run, step };
}
