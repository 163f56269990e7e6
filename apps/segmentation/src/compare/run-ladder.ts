/** Makes the runs of a ladder one after the other; what is finished stays, what was stopped goes on. */
import { parseRecipe } from '@plumbline/norm';
import { DivergedError, formatDuration, type Progress } from '@plumbline/training';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, checkTrainable } from '../network/build-model.ts';
import { classCount, openSplit } from '../data/open-data.ts';
import { scoreLine } from '../inference/score-table.ts';
import { describeCell, type Cell } from './cells.ts';
import type { ComparisonFolder, Failure } from './comparison-folder.ts';
import { LadderEstimate } from './ladder-estimate.ts';
import { LadderProgress } from './ladder-progress.ts';
import { runCell } from './run-cell.ts';

export interface RunLadderOptions {
  cells: readonly Cell[];
  folder: ComparisonFolder;
  signal: AbortSignal;
  progress: Progress;
  /** After every run, with a result or without. */
  onRun: () => Promise<void>;
  /** Delete a run's checkpoints once it is finished. Default false. */
  dropCheckpoints?: boolean;
}

const firstLine = (error: Error): string => error.message.split('\n')[0] ?? '';

/** What the recipe says against this configuration, such as batch norm on one value a channel; null: nothing. */
function refusal({ config }: Cell): string | null {
  try {
    checkTrainable(config);
    buildModel(config, classCount(config)).dispose();
    return null;
  } catch (error) {
    if (error instanceof Error) return firstLine(error);
    throw error;
  }
}

/** Finds out before the first run what would stop every one: missing data or weights, or a recipe that does not exist. */
async function checkAll(cells: readonly Cell[]): Promise<void> {
  const recipes = new Set(cells.map(({ config }) => config.model.recipe));
  for (const recipe of recipes) parseRecipe(recipe, { onWarning: () => undefined });
  for (const path of new Set(cells.flatMap(({ config }) => config.model.weights ?? []))) {
    await access(path).catch((error: unknown) => {
      throw new Error(`The weights ${path} cannot be read; check the path.`, { cause: error });
    });
  }
  const [first] = cells;
  if (first === undefined) return;
  await openSplit(first.config, first.config.data.trainSplit);
  await openSplit(first.config, first.config.data.valSplit);
}

/**
 * Makes every run that has no result yet. One whose recipe refuses the configuration, and one whose loss becomes no number, is
 * recorded, and the ladder goes on.
 *
 * @returns whether it came to its end; false when the signal was raised.
 * @throws on bad data or an unwritable folder: the other runs would fail alike.
 */
export async function runLadder(options: RunLadderOptions): Promise<boolean> {
  const { cells, folder, signal, progress, onRun, dropCheckpoints = false } = options;
  await checkAll(cells);
  const estimate = new LadderEstimate(cells);
  const failures = await folder.failures();
  for (const [index, cell] of cells.entries()) {
    const { id, config } = cell;
    if (id in failures || (await folder.hasFinished(id))) {
      estimate.finish(cell, null);
      continue;
    }
    if (signal.aborted) return false;
    const name = `run ${index + 1} of ${cells.length}`;
    const resume = await folder.hasBegun(id);
    progress.message(`${name}: ${describeCell(cell)}${resume ? ', going on' : ''}`);
    const fail = async (kind: Failure['kind'], reason: string): Promise<void> => {
      await folder.addFailure(id, { kind, reason });
      progress.message(`${name}: ${kind}: ${reason}`);
    };
    const refused = resume ? null : refusal(cell);
    if (refused !== null) {
      await fail('refused', refused);
      estimate.finish(cell, null);
    } else {
      const clock = estimate.start(cell);
      let isWhole = !resume;
      const shown = new LadderProgress(progress, (record) => `${name} (ETA ${clock.left(record)})  `);
      try {
        const result = await runCell({ config, folder: folder.run(id), resume, signal, progress: shown });
        if (result === null) return false;
        progress.message(`${name}: ${scoreLine(result)}; ${formatDuration(clock.seconds())}`);
      } catch (error) {
        progress.end();
        if (signal.aborted && error === signal.reason) return false;
        if (!(error instanceof Error)) throw error;
        // Data and weights were there: what goes wrong before the run folder exists is about this configuration alone.
        isWhole = false;
        const isRefused = !(await folder.hasBegun(id));
        if (!isRefused && !(error instanceof DivergedError)) throw error;
        await fail(isRefused ? 'refused' : 'diverged', firstLine(error));
      }
      estimate.finish(cell, isWhole ? clock.seconds() : null);
      if (dropCheckpoints) await rm(join(folder.run(id), 'checkpoints'), { recursive: true, force: true });
    }
    await onRun();
  }
  return true;
}
