/** The network of a run, from its folder: what it was built for, and the weights of one of its checkpoints. */
import type { DomainNetwork } from '@plumbline/adaptation';
import { loadCheckpoint, RunFolder } from '@plumbline/training';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { buildNetwork } from './build-network.ts';

/** `best`: what `evaluate.choose` liked best, or the adapted network; `last`: of the last step. */
export const CHECKPOINTS = ['best', 'last'] as const;
export type CheckpointName = (typeof CHECKPOINTS)[number];

const labelsSchema = z.object({
  /** Names by class index. */
  classes: z.array(z.string()).min(2),
  /** Of the images. */
  channels: z.literal([1, 3]),
});
/** What a network answers with and about: it does not need the data that it was trained on. */
export type Labels = z.output<typeof labelsSchema>;

const LABELS_FILE = 'labels.json';

export const writeLabels = (
  run: RunFolder,
  { classes, channels }: { classes: readonly string[]; channels: 1 | 3 },
) => run.writeJson(LABELS_FILE, { classes, channels });

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
  const { data: labels } = labelsSchema.safeParse(
    JSON.parse(await readFile(run.file(LABELS_FILE), 'utf8').catch(() => 'null')),
  );
  if (labels === undefined) {
    throw new Error(
      `${run.file(LABELS_FILE)} does not say which classes the network knows: train the run again.`,
    );
  }
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
