/** Makes the runs of a ladder one after the other; what is finished stays, what was stopped goes on. */
import { parseRecipe } from '@plumbline/norm';
import { refusalOf, runSweep, type Progress, type SweepFailure } from '@plumbline/training';
import { access } from 'node:fs/promises';
import { buildModel, checkTrainable } from '../network/build-model.ts';
import { classCount, openSplit } from '../data/open-data.ts';
import { scoreLine } from '../inference/score-table.ts';
import { describeCell, type Cell } from './cells.ts';
import type { ComparisonFolder } from './comparison-folder.ts';
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

/** What the recipe says against this configuration, such as batch norm on one value a channel; null: nothing. */
const refusal = ({ config }: Cell): SweepFailure | null =>
  refusalOf(() => {
    checkTrainable(config);
    buildModel(config, classCount(config)).dispose();
  });

/** In no unit: about half of a step with one image takes as long with two. */
const work = ({ config: { train } }: Cell): number => train.steps * train.accumulate * (1 + train.batchSize);

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
  await checkAll(options.cells);
  return runSweep({
    ...options,
    describe: describeCell,
    refusal,
    run: ({ cell: { config }, ...run }) => runCell({ config, ...run }),
    describeResult: scoreLine,
    work,
    logEvery: ({ config }) => config.train.logEvery,
  });
}
