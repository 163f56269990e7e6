/** The network of a run, from its folder: what it was built for, and the weights of one of its checkpoints. */
import type { DomainNetwork } from '@plumbline/adaptation';
import { loadCheckpoint, readLabels, RunFolder, type Labels } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { buildNetwork } from './build-network.ts';

/** `best`: what `evaluate.choose` liked best, or the adapted network; `last`: of the last step. */
export const CHECKPOINTS = ['best', 'last'] as const;
export type CheckpointName = (typeof CHECKPOINTS)[number];

export interface TrainedNetwork extends Labels {
  config: Config;
  network: DomainNetwork;
}

/** @throws with one sentence if the folder holds no run with such a checkpoint. */
export async function openTrained(
  folder: string,
  checkpoint: CheckpointName = 'best',
): Promise<TrainedNetwork> {
  const run = await RunFolder.open(folder);
  const config = validateConfig(await run.readConfig(), run.file('config.json'));
  const labels = await readLabels(run);
  const network = buildNetwork(config, { classes: labels.classes.length, channels: labels.channels });
  try {
    await loadCheckpoint(checkpoint === 'best' ? run.bestCheckpoint : run.lastCheckpoint, {
      model: network.model,
    });
  } catch (error) {
    network.model.dispose();
    throw error;
  }
  return { ...labels, config, network };
}
