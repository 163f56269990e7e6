/** `compare`: a ladder of configurations × images per step × seeds, as one table and one figure. */
import { textTable, untilInterrupted } from '@plumbline/training';
import { nameList, numberList, sources, type ConfigArguments } from '@plumbline/training/config';
import { join } from 'node:path';
import { ladderCells } from '../compare/cells.ts';
import { ComparisonFolder } from '../compare/comparison-folder.ts';
import { folderName, readLadder } from '../compare/ladder.ts';
import { progressLine } from '../compare/markdown.ts';
import { runLadder } from '../compare/run-ladder.ts';
import { resultTables, verdict } from '../compare/table.ts';
import { writeComparison } from '../compare/write-comparison.ts';
import { loadConfig } from '../config/load-config.ts';
import { dataRoot } from './config.ts';

export interface CompareArguments extends ConfigArguments {
  data?: string;
  weights?: string;
  ladder?: string;
  recipes?: string[];
  batch?: number[];
  seeds?: number[];
  images?: number;
  scaleRate?: boolean;
  out?: string;
  retryFailed?: boolean;
  dropCheckpoints?: boolean;
  summarize?: string;
}

/** As the command line gives them. */
export interface CompareFlags extends Omit<CompareArguments, 'recipes' | 'batch' | 'seeds' | 'images'> {
  recipes?: string;
  batch?: string;
  seeds?: string;
  images?: string;
}

/** @throws with one sentence that names the flag. */
export function parseFlags({ recipes, batch, seeds, images, ...others }: CompareFlags): CompareArguments {
  if (images !== undefined && !/^\s*0*[1-9]\d*\s*$/.test(images))
    throw new Error(`--images got "${images}"; write one number, 1 or more.`);
  return {
    ...others,
    ...(recipes === undefined ? {} : { recipes: nameList('recipes', recipes) }),
    ...(batch === undefined ? {} : { batch: numberList('batch', batch, 1) }),
    ...(seeds === undefined ? {} : { seeds: numberList('seeds', seeds, 0) }),
    ...(images === undefined ? {} : { images: Number(images) }),
  };
}

/** Writes the files and prints the tables. */
async function summarize(folder: ComparisonFolder): Promise<void> {
  const results = await writeComparison(folder);
  for (const table of resultTables(results)) {
    console.log(`\n${table.title}. ${table.note}\n${textTable(table)}`);
  }
  console.log(`\n${verdict(results)} ${progressLine(results)}.`);
  console.log(
    `Report: ${folder.file('compare.html')}\nTable:  ${folder.file('compare.md')}\nFigure: ${folder.file('compare.png')}`,
  );
}

/** Makes the runs that have no result yet, or goes on with them, and writes the results after each. */
export async function compare(options: CompareArguments): Promise<void> {
  if (options.summarize !== undefined) return summarize(new ComparisonFolder(options.summarize));
  const { data, weights, images = null, scaleRate = false, ladder: ladderName = 'small-batch' } = options;
  const preset = options.preset ?? (options.config === undefined ? 'quick' : undefined);
  const from = sources({
    ...options,
    ...(preset === undefined ? {} : { preset }),
    set: [
      ...(options.set ?? []),
      ...dataRoot(data),
      ...(weights === undefined ? [] : [`model.weights=${JSON.stringify(weights)}`]),
    ],
  });
  const hasWeights = (await loadConfig(from)).model.weights !== null;
  const ladder = await readLadder(options, hasWeights);
  const fairness = { images, scaleRate };
  const cells = await ladderCells(from, ladder, fairness);
  const name = options.recipes === undefined ? folderName(ladderName.replace(/\.ya?ml$/, '')) : 'recipes';
  const folder = new ComparisonFolder(options.out ?? join('compare', `${preset ?? 'config'}-${name}`));
  await folder.begin({ fairness, entries: ladder.entries, cells });
  if (options.retryFailed === true) await folder.forgetFailures();
  const batches = [...new Set(cells.map(({ batchSize }) => batchSize))].join(', ');
  console.log(
    `${cells.length} runs in ${folder.path}: ${ladder.entries.map(({ label }) => label).join('; ')} ` +
      `at ${batches} images per step, seeds ${ladder.seeds.join(', ')}.`,
  );

  await untilInterrupted(async ({ progress, signal }) => {
    const isDone = await runLadder({
      cells,
      folder,
      progress,
      signal,
      dropCheckpoints: options.dropCheckpoints === true,
      onRun: async () => {
        await writeComparison(folder);
      },
    });
    await summarize(folder);
    return isDone ? true : null;
  }, ' the same command.');
}
