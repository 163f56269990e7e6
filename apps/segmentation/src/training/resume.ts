/**
 * Going on with a run that was stopped: which, where it stands, and what to type.
 *
 * A run goes on under its own config.json and nothing else. What a checkpoint remembers of it is the fingerprint of the
 * file's content, not of the configuration that this version reads from it: of a run begun before an option existed
 * both differ, by the default of that option, which means what was done before.
 */
import {
  claimRun,
  DivergedError,
  fingerprint,
  formatDuration,
  loadCheckpoint,
  readCheckpointMetadata,
  RunFolder,
  unfinishedRuns,
  type CheckpointMetadata,
  type CheckpointParts,
} from '@plumbline/training';
import { relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';

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

/**
 * The folder of the unfinished run under `root` that was last written to and that no process works on.
 *
 * @throws with one sentence if there is none.
 */
export async function latestUnfinished(root: string): Promise<{ folder: string; ago: string }> {
  const runs = await unfinishedRuns(root);
  const latest = runs.find(({ workedOnBy }) => workedOnBy === null);
  if (latest !== undefined) {
    const seconds = (Date.now() - latest.lastWrittenAt.getTime()) / 1000;
    return { folder: relative('', latest.run.path), ago: formatDuration(seconds) };
  }
  const [busy] = runs;
  throw new Error(
    `There is no ${busy === undefined ? 'unfinished' : 'stopped'} run under ${root}` +
      (busy === undefined ? '' : ` (process ${busy.workedOnBy} works on ${busy.run.path})`) +
      ': name the folder of one that lies elsewhere, or start a new one without --resume.',
  );
}

/** The options of `config` that a run's config.json, `tree`, does not have yet, as `a.b=value`. */
export function addedOptions(tree: unknown, config: unknown, path = ''): string[] {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [];
  const before = typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>) : {};
  return Object.entries(config).flatMap(([key, value]: [string, unknown]) => {
    const name = `${path}${key}`;
    const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value);
    if (isLeaf) return Object.hasOwn(before, key) ? [] : [`${name}=${JSON.stringify(value)}`];
    return addedOptions(before[key], value, `${name}.`);
  });
}

/**
 * Opens an unfinished run at its last checkpoint, or at its beginning if it has none yet, for this process alone.
 *
 * @throws with one sentence if there is no such run, it is finished, or another process works on it.
 */
export async function openUnfinished(folder: string): Promise<RunFolder> {
  const run = await RunFolder.open(folder);
  if (!(await run.isFinished())) await claimRun(run);
  return RunFolder.resume(folder, async (checkpoint) => (await readCheckpointMetadata(checkpoint)).step);
}

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
  const tree = await run.readConfig();
  const { config: trainedWith, step, best, extra } = await loadCheckpoint(run.lastCheckpoint, parts);
  const isSame = fingerprint(validateConfig(tree, run.file('config.json'))) === fingerprint(config);
  if (trainedWith !== fingerprint(tree) || !isSame) {
    throw new Error(
      `The checkpoint ${run.lastCheckpoint} was written with another configuration than the run's config.json: ` +
        `undo the change to config.json, or start a new run.`,
    );
  }
  return { step, best: (await bestUpTo(run, step)) ?? best, seconds: Number(extra ?? 0) };
}

/**
 * What the best checkpoint holds, unless it is of a later step, which a run that went back has left behind. The last
 * checkpoint need not know of it: a run can be killed between the two.
 */
async function bestUpTo(run: RunFolder, step: number): Promise<CheckpointMetadata['best']> {
  if (!(await run.hasBestCheckpoint())) return null;
  const { best } = await readCheckpointMetadata(run.bestCheckpoint);
  return best !== null && best.step <= step ? best : null;
}

/** The error of a run whose loss is no longer a number, with the options that help and what is left of it. */
export async function withRemedies(
  error: DivergedError,
  run: RunFolder,
  config: Config,
): Promise<DivergedError> {
  const { learningRate, warmup, clipNorm } = config.optimizer;
  const kept = (await run.hasCheckpoint())
    ? ` (${run.lastCheckpoint} still holds step ${(await readCheckpointMetadata(run.lastCheckpoint)).step}, but --resume ` +
      'would take the same steps again.)'
    : '';
  const remedies = [
    `--set optimizer.learningRate=${Number((learningRate / 3).toPrecision(2))}`,
    `--set optimizer.warmup=${Math.max(100, 2 * warmup)}`,
    `--set optimizer.clipNorm=${clipNorm === null ? 1 : clipNorm / 2}`,
  ];
  return new DivergedError(`${error.message}\nHere that is one of: ${remedies.join(', ')}.${kept}`, {
    cause: error,
  });
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
