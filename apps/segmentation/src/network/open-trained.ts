/** A network from a finished or unfinished run folder, ready to be used. */
import { dropAuxiliaryHead } from '@plumbline/models';
import { keptSteps, loadCheckpoint, RunFolder, WeightAverage } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { buildModel } from './build-model.ts';
import type { CheckpointName } from './checkpoint-option.ts';
import type { Config } from '../config/config.ts';
import { classCount } from '../data/open-data.ts';
import { validateConfig } from '../config/load-config.ts';

export interface TrainedModel {
  config: Config;
  /** Without the auxiliary head it may have been trained with. */
  model: tfl.LayersModel;
  run: RunFolder;
  /** Optimizer steps the weights have seen. */
  step: number;
  /** Whether the weights are averages, as of every run with `train.ema`: those its report scores. */
  averaged: boolean;
}

async function pathOf(run: RunFolder, checkpoint: CheckpointName): Promise<string> {
  if (checkpoint === 'best') return run.bestCheckpoint;
  if (checkpoint === 'last') return run.lastCheckpoint;
  const steps = await keptSteps(run);
  if (steps.includes(checkpoint)) return run.stepCheckpoint(checkpoint);
  throw new Error(
    `${run.path} holds no checkpoint of step ${checkpoint}: ` +
      (steps.length === 0
        ? 'it kept none beside last and best, as its train.keepCheckpoints says.'
        : `choose last, best, ${steps.length === 1 ? 'or' : 'or one of'} ${steps.join(', ')}.`),
  );
}

/** @throws with one sentence when the folder holds no run or no such checkpoint. */
export async function openTrained(folder: string, checkpoint: CheckpointName): Promise<TrainedModel> {
  const run = await RunFolder.open(folder);
  const path = await pathOf(run, checkpoint);
  const config = validateConfig(await run.readConfig(), run.file('config.json'));
  const model = buildModel(config, classCount(config));
  const { ema } = config.train;
  // The best checkpoint's model holds the averages itself.
  const average = ema === null || checkpoint === 'best' ? null : new WeightAverage(model, { decay: ema });
  const { step } = await loadCheckpoint(path, { model, ...(average === null ? {} : { average }) });
  average?.settle();
  return { config, model: dropAuxiliaryHead(model), run, step, averaged: ema !== null };
}
