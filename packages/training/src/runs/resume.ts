// Going on with a run that was stopped: which, where it stands, and what to type.
//
// A run goes on under its own config.json and nothing else. What a checkpoint remembers of it is the fingerprint of the
// file's content, not of the configuration that this version reads from it: of a run begun before an option existed
// both differ, by the default of that option, which means what was done before.

import { relative } from 'node:path';
import {
  loadCheckpoint,
  readCheckpointMetadata,
  type CheckpointMetadata,
  type CheckpointParts,
} from '../checkpoint.ts';
import { fingerprint } from '../fingerprint.ts';
import { formatDuration } from '../format.ts';
import { DivergedError } from '../loss-window.ts';
import { claimRun } from '../run-claim.ts';
import { RunFolder } from '../run-folder.ts';
import { unfinishedRuns } from '../unfinished-runs.ts';

/** What a run starts from. */
export interface StartingPoint {
  /** Optimizer steps done. */
  step: number;
  best: CheckpointMetadata['best'];
  /** Seconds of training before. */
  seconds: number;
}

const BEGINNING: StartingPoint = { step: 0, best: null, seconds: 0 };

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

/** Added options that are named when a run goes on. */
const SHOWN = 5;

/** One sentence about a run that is older than some options; null where it is not. */
export function describeAddedOptions(tree: unknown, config: unknown): string | null {
  const added = addedOptions(tree, config);
  if (added.length === 0) return null;
  const more = added.length > SHOWN ? ` and ${added.length - SHOWN} more` : '';
  return `The run is older than some options; they say what was done without them: ${added.slice(0, SHOWN).join(', ')}${more}.`;
}

/**
 * `--resume` takes nothing that says how to train.
 *
 * @throws with one sentence when one of `names` was given too.
 */
export function refuseBesideResume<Name extends string>(
  options: { readonly [name in Name]?: string | readonly string[] | undefined },
  names: readonly Name[],
): void {
  const ignored = names.filter((name) => (options[name]?.length ?? 0) > 0);
  if (ignored.length === 0) return;
  throw new Error(
    `--resume goes on with the run's own configuration: leave out ${ignored.map((name) => `--${name}`).join(', ')}, or start a new run.`,
  );
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
 * @param validate reads a configuration from config.json's content, as the app does.
 * @throws when config.json is not the one the checkpoint was written with.
 */
export async function restore<Config>(
  run: RunFolder,
  config: Config,
  parts: CheckpointParts,
  validate: (tree: unknown, origin: string) => Config,
): Promise<StartingPoint> {
  if (!(await run.hasCheckpoint())) return BEGINNING;
  const tree = await run.readConfig();
  const { config: trainedWith, step, best, extra } = await loadCheckpoint(run.lastCheckpoint, parts);
  const isSame = fingerprint(validate(tree, run.file('config.json'))) === fingerprint(config);
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

/**
 * The error of a run whose loss is no longer a number, with the options that help and what is left of it.
 *
 * @param remedies as the command line takes them, `--set optimizer.warmup=100`.
 */
export async function withRemedies(
  error: DivergedError,
  run: RunFolder,
  remedies: readonly string[],
): Promise<DivergedError> {
  const kept = (await run.hasCheckpoint())
    ? ` (${run.lastCheckpoint} still holds step ${(await readCheckpointMetadata(run.lastCheckpoint)).step}, but --resume ` +
      'would take the same steps again.)'
    : '';
  return new DivergedError(`${error.message}\nHere that is one of: ${remedies.join(', ')}.${kept}`, {
    cause: error,
  });
}

/**
 * The error of a run that can go on once its cause is removed, with the way to do so; others as they are, such as that of a
 * network that has diverged, which would do so again.
 *
 * @param resumeCommand what to type to go on with the run of a folder.
 */
export async function withWayBack(
  error: unknown,
  run: RunFolder,
  resumeCommand: (folder: string) => string,
): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof DivergedError) return error;
  if (!(await run.hasCheckpoint())) return error;
  const { step } = await readCheckpointMetadata(run.lastCheckpoint);
  return new Error(
    `${error.message}\nThe run is kept up to step ${step}; go on with: ${resumeCommand(run.path)}`,
    { cause: error },
  );
}
