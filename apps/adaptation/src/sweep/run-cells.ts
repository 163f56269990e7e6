/** Makes the runs of a sweep; what is finished stays, what was stopped goes on. */
import { parseRecipe } from '@plumbline/norm';
import { percent, refusalOf, runSweep, type Progress, type SweepFailure } from '@plumbline/training';
import { access } from 'node:fs/promises';
import { openTask } from '../data/open-task.ts';
import { applicability } from '../training/applicability.ts';
import { performRun } from '../training/run.ts';
import type { AdaptationSweep } from './adaptation-sweep.ts';
import { describeCell, type Cell } from './cells.ts';
import { writeSweep } from './write-sweep.ts';

/** What makes a run, what says before that it cannot be made, and what becomes of the results. */
export interface Workshop {
  readonly performRun: typeof performRun;
  readonly applicability: typeof applicability;
  /** Finds out before the first run what would stop every one. */
  readonly check: (cells: readonly Cell[]) => Promise<void>;
  /** Rewrites the results, after every run. */
  readonly write: (sweep: AdaptationSweep) => Promise<unknown>;
}

/** Missing data or weights, or a recipe that does not exist. */
async function check(cells: readonly Cell[]): Promise<void> {
  for (const recipe of new Set(cells.map(({ config }) => config.model.recipe))) {
    parseRecipe(recipe, { onWarning: () => undefined });
  }
  for (const path of new Set(cells.flatMap(({ config }) => config.model.weights ?? []))) {
    await access(path).catch((error: unknown) => {
      throw new Error(`The weights ${path} cannot be read; check the path.`, { cause: error });
    });
  }
  const tasks = new Map(cells.map(({ task, config }) => [task, config]));
  for (const config of tasks.values()) await openTask(config);
}

const WORKSHOP: Workshop = { performRun, applicability, check, write: writeSweep };

export interface RunCellsOptions {
  cells: readonly Cell[];
  sweep: AdaptationSweep;
  signal: AbortSignal;
  progress: Progress;
  /** Delete a run's checkpoints once it is finished. Default false. */
  dropCheckpoints?: boolean;
  /** Default: the app's own. */
  workshop?: Workshop;
}

/** What a run's parts say against each other. */
function refusal(cell: Cell, workshop: Workshop): SweepFailure | null {
  let reason: string | null = null;
  const refused = refusalOf(() => {
    reason = workshop.applicability(cell.config);
  });
  return refused ?? (reason === null ? null : { kind: 'not applicable', reason });
}

/**
 * Makes every run that has no result yet. One that does not apply, and one whose loss becomes no number, is recorded, and the
 * sweep goes on. Other processes may work on the same sweep.
 *
 * @returns whether it came to its end; false when the signal was raised.
 * @throws on bad data or an unwritable folder: the other runs would fail alike.
 */
export async function runCells({
  workshop = WORKSHOP,
  sweep,
  ...options
}: RunCellsOptions): Promise<boolean> {
  await workshop.check(options.cells);
  return runSweep({
    ...options,
    folder: sweep,
    onRun: async () => {
      await workshop.write(sweep);
    },
    describe: describeCell,
    refusal: (cell) => refusal(cell, workshop),
    run: ({ cell: { config }, ...run }) => workshop.performRun({ config, ...run }),
    describeResult: ({ last, oracle }) =>
      `${percent(last)} of the target after the last step (best evaluation ${percent(oracle.accuracy)}, an oracle)`,
    work: ({ config: { train } }) => train.steps * (train.sourceBatch + train.targetBatch),
    logEvery: ({ config }) => config.train.logEvery,
  });
}
