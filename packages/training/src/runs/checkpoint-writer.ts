// Writes the checkpoints of a run, all with what is needed to go on.

import { saveCheckpoint, type CheckpointMetadata, type CheckpointParts } from '../checkpoint.ts';
import { fingerprint } from '../fingerprint.ts';
import type { RunFolder } from '../run-folder.ts';

export type CheckpointWriter = (
  path: string,
  parts: CheckpointParts,
  step: number,
  best: CheckpointMetadata['best'],
) => Promise<void>;

export interface CheckpointWriterOptions {
  run: RunFolder;
  seed: number;
  /** Batches that an optimizer step takes. Default 1. */
  accumulate?: number;
  /** Of training so far, over all resumptions. */
  seconds: () => number;
}

export async function checkpointWriter({
  run,
  seed,
  accumulate = 1,
  seconds,
}: CheckpointWriterOptions): Promise<CheckpointWriter> {
  const config = fingerprint(await run.readConfig());
  return (path, parts, step, best) =>
    saveCheckpoint(path, parts, {
      ...{ step, position: step * accumulate, seed, best, config },
      extra: seconds(),
    });
}
