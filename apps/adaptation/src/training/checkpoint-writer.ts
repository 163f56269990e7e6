/** Writes the checkpoints of a run, all with what is needed to go on. */
import {
  fingerprint,
  saveCheckpoint,
  type CheckpointMetadata,
  type CheckpointParts,
  type RunFolder,
} from '@plumbline/training';
import type { Config } from '../config/config.ts';

export type CheckpointWriter = (
  path: string,
  parts: CheckpointParts,
  step: number,
  best: CheckpointMetadata['best'],
) => Promise<void>;

/** @param seconds of training so far, over all resumptions. */
export async function checkpointWriter({
  run,
  config,
  seconds,
}: {
  run: RunFolder;
  config: Config;
  seconds: () => number;
}): Promise<CheckpointWriter> {
  const identity = fingerprint(await run.readConfig());
  return (path, parts, step, best) =>
    saveCheckpoint(path, parts, {
      step,
      position: step,
      seed: config.seed,
      best,
      config: identity,
      extra: seconds(),
    });
}
