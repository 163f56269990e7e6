/** The network of a run, from its folder: what it was built for, and the weights of one of its checkpoints. */
import { loadCheckpoint, readLabels, RunFolder, WeightAverage, type Labels } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { buildNetwork } from './build-network.ts';

/** `best`: of the highest top-1 accuracy among the evaluations; `last`: of the last step. */
export const CHECKPOINTS = ['last', 'best'] as const;
export type CheckpointName = (typeof CHECKPOINTS)[number];

export interface TrainedNetwork extends Labels {
  config: Config;
  network: tfl.LayersModel;
}

/** The weights that the run's report scores. The best checkpoint's are averages already where there are any. */
async function loadWeights(
  network: tfl.LayersModel,
  run: RunFolder,
  checkpoint: CheckpointName,
  ema: number | null,
): Promise<void> {
  if (checkpoint === 'best' || ema === null) {
    await loadCheckpoint(checkpoint === 'best' ? run.bestCheckpoint : run.lastCheckpoint, { model: network });
    return;
  }
  const average = new WeightAverage(network, { decay: ema });
  try {
    await loadCheckpoint(run.lastCheckpoint, { model: network, average });
    average.settle();
  } catch (error) {
    average.dispose();
    throw error;
  }
}

/**
 * With the weights that the run's report scores: with `train.ema` their averages.
 *
 * @throws with one sentence if the folder holds no run with such a checkpoint.
 */
export async function openTrained(
  folder: string,
  checkpoint: CheckpointName = 'last',
): Promise<TrainedNetwork> {
  const run = await RunFolder.open(folder);
  const config = validateConfig(await run.readConfig(), run.file('config.json'));
  const labels = await readLabels(run);
  const network = buildNetwork(config, { classes: labels.classes.length, channels: labels.channels });
  try {
    await loadWeights(network, run, checkpoint, config.train.ema);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return { ...labels, config, network };
}
