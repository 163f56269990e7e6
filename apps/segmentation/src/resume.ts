/** Going on with a run that was stopped: where it stands, and what to type. */
import {
  fingerprint,
  loadCheckpoint,
  readCheckpointMetadata,
  RunFolder,
  type CheckpointMetadata,
  type CheckpointParts,
} from '@plumbline/training';
import type { Config } from './config.ts';

/** What a run starts from. */
export interface StartingPoint {
  /** Optimizer steps done. */
  step: number;
  best: CheckpointMetadata['best'];
  /** Seconds of training before. */
  seconds: number;
}

const BEGINNING: StartingPoint = { step: 0, best: null, seconds: 0 };

export const resumeCommand = (folder: string): string => `npm run segmentation -- train --resume "${folder}"`;

/** Opens an unfinished run at its last checkpoint, or at its beginning if it has none yet. */
export const openUnfinished = (folder: string): Promise<RunFolder> =>
  RunFolder.resume(folder, async (checkpoint) => (await readCheckpointMetadata(checkpoint)).step);

/**
 * Puts the last checkpoint into `parts`. Without one they stay as they are, drawn from the seed:
 * where the stopped run began as well.
 *
 * @throws when config.json is not the one the checkpoint was written with.
 */
export async function restore(
  run: RunFolder,
  config: Config,
  parts: CheckpointParts,
): Promise<StartingPoint> {
  if (!(await run.hasCheckpoint())) return BEGINNING;
  const { config: trainedWith, step, best, extra } = await loadCheckpoint(run.lastCheckpoint, parts);
  if (trainedWith !== fingerprint(config)) {
    throw new Error(
      `The checkpoint ${run.lastCheckpoint} was written with another configuration than the run's config.json: ` +
        `undo the change to config.json, or start a new run.`,
    );
  }
  return { step, best, seconds: Number(extra ?? 0) };
}

/** The error of a run that can go on once its cause is removed, with the way to do so; others as they are. */
export async function withWayBack(error: unknown, run: RunFolder): Promise<unknown> {
  if (!(error instanceof Error) || !(await run.hasCheckpoint())) return error;
  const { step } = await readCheckpointMetadata(run.lastCheckpoint);
  return new Error(
    `${error.message}\nThe run is kept up to step ${step}; go on with: ${resumeCommand(run.path)}`,
    {
      cause: error,
    },
  );
}
