// Makes the runs of a sweep one after the other; what is finished stays, what was stopped goes on. Several processes may work
// on one sweep at once: each takes the next run that none works on.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../format.ts';
import { DivergedError } from '../loss-window.ts';
import type { Progress } from '../progress.ts';
import { RunBusyError } from '../run-claim.ts';
import type { SweepCell, SweepFailure } from './sweep-cell.ts';
import { SweepEstimate } from './sweep-estimate.ts';
import type { SweepFolder, SweepPlan } from './sweep-folder.ts';
import { SweepProgress } from './sweep-progress.ts';

/** What a run needs to be made. */
export interface SweepRun<Cell> {
  readonly cell: Cell;
  /** Its run folder; where it holds an unfinished run, that goes on. */
  readonly folder: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface RunSweepOptions<Cell extends SweepCell, Result> {
  /** In the order in which they are made. */
  readonly cells: readonly Cell[];
  readonly folder: SweepFolder<SweepPlan>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** For people: `wa+gn, 2 images per step, seed 0`. */
  readonly describe: (cell: Cell) => string;
  /** Why a run cannot be made, found out before it begins; null: it can. */
  readonly refusal: (cell: Cell) => SweepFailure | null;
  /** Makes a run, or goes on with it; null when the signal stopped it. */
  readonly run: (run: SweepRun<Cell>) => Promise<Result | null>;
  /** In a few words. */
  readonly describeResult: (result: Result) => string;
  /** How much there is to do for a run, in no unit, and how often it says where it is: for the time that is left. */
  readonly work: (cell: Cell) => number;
  readonly logEvery: (cell: Cell) => number;
  /** After every run, with a result or without; no other process does the same meanwhile. */
  readonly onRun: () => Promise<void>;
  /** Delete a run's checkpoints once it is finished. Default false. */
  readonly dropCheckpoints?: boolean;
  /** How many processes work on the sweep at once, for the time that is left. Default 1. */
  readonly processes?: number;
}

const firstLine = (error: Error): string => error.message.split('\n')[0] ?? '';

/** As a refusal, what an attempt at a part of a run throws; null: it throws nothing. */
export function refusalOf(attempt: () => void): SweepFailure | null {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof Error) return { kind: 'refused', reason: firstLine(error) };
    throw error;
  }
}

/**
 * Makes every run that has no result yet. One that cannot be made, and one whose loss becomes no number, is recorded, and the
 * sweep goes on.
 *
 * @returns whether it came to its end, but for runs that other processes work on; false when the signal was raised.
 * @throws on an error that is not about one run alone, such as an unwritable folder.
 */
export async function runSweep<Cell extends SweepCell, Result>(
  options: RunSweepOptions<Cell, Result>,
): Promise<boolean> {
  const { cells, progress } = options;
  const estimate = new SweepEstimate(cells, options.work, options.processes);
  for (let waiting = cells; ;) {
    const elsewhere: Cell[] = [];
    for (const cell of waiting) {
      const end = await perform(cell, options, estimate);
      if (end === 'stopped') return false;
      estimate.pass(cell);
      if (end === 'elsewhere') elsewhere.push(cell);
    }
    if (elsewhere.length === 0) return true;
    // Their processes may have stopped since.
    if (elsewhere.length === waiting.length) {
      progress.message(
        `${elsewhere.length === 1 ? '1 run is' : `${elsewhere.length} runs are`} left to other processes, which work on this sweep too.`,
      );
      return true;
    }
    waiting = elsewhere;
  }
}

/** `elsewhere`: another process works on it. */
type End = 'done' | 'stopped' | 'elsewhere';

async function perform<Cell extends SweepCell, Result>(
  cell: Cell,
  options: RunSweepOptions<Cell, Result>,
  estimate: SweepEstimate<Cell>,
): Promise<End> {
  const { folder, signal } = options;
  const isDone = async (): Promise<boolean> =>
    (await folder.hasFinished(cell.id)) || (await folder.hasFailed(cell.id));
  if (await isDone()) return 'done';
  if (signal.aborted) return 'stopped';
  if (!(await folder.claim(cell.id))) return 'elsewhere';
  try {
    // Another process may have made it between the two.
    if (await isDone()) return 'done';
    const end = await make(cell, options, estimate);
    if (end === 'done') await folder.alone(options.onRun);
    return end;
  } finally {
    await folder.release(cell.id);
  }
}

async function make<Cell extends SweepCell, Result>(
  cell: Cell,
  options: RunSweepOptions<Cell, Result>,
  estimate: SweepEstimate<Cell>,
): Promise<End> {
  const { cells, folder, signal, progress, dropCheckpoints = false } = options;
  const name = `run ${cells.indexOf(cell) + 1} of ${cells.length}`;
  const resume = await folder.hasBegun(cell.id);
  progress.message(`${name}: ${options.describe(cell)}${resume ? ', going on' : ''}`);
  const fail = async (failure: SweepFailure): Promise<void> => {
    await folder.addFailure(cell.id, failure);
    progress.message(`${name}: ${failure.kind}: ${failure.reason}`);
  };
  const refused = resume ? null : options.refusal(cell);
  if (refused !== null) {
    await fail(refused);
    return 'done';
  }
  const clock = estimate.start(cell, options.logEvery(cell));
  let isWhole = !resume;
  const shown = new SweepProgress(progress, (record) => `${name} (ETA ${clock.left(record)})  `);
  try {
    const result = await options.run({ cell, folder: folder.run(cell.id), resume, signal, progress: shown });
    if (result === null) return 'stopped';
    progress.message(`${name}: ${options.describeResult(result)}; ${formatDuration(clock.seconds())}`);
  } catch (error) {
    progress.end();
    if (signal.aborted && error === signal.reason) return 'stopped';
    if (error instanceof RunBusyError) return 'elsewhere';
    if (!(error instanceof Error)) throw error;
    // What goes wrong before the run folder exists is about this configuration alone.
    isWhole = false;
    const isRefused = !(await folder.hasBegun(cell.id));
    if (!isRefused && !(error instanceof DivergedError)) throw error;
    await fail({ kind: isRefused ? 'refused' : 'diverged', reason: firstLine(error) });
  }
  if (isWhole) estimate.time(cell, clock.seconds());
  if (dropCheckpoints) await rm(join(folder.run(cell.id), 'checkpoints'), { recursive: true, force: true });
  return 'done';
}
