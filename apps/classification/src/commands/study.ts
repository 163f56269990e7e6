/** `study`: recipes × batches × seeds under two protocols, as tables and figures. */
import { environmentReport } from '@plumbline/runtime';
import { describeComputation, textTable, untilInterrupted } from '@plumbline/training';
import { nameList, numberList, sources } from '@plumbline/training/config';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { assignments, type ConfigFlags } from '../config/flag-assignments.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/config.ts';
import { studyCells, type Cell, type StudyGrid } from '../study/cells.ts';
import { gradientBatch, STUDY_PROTOCOLS, type StudyProtocol } from '../study/protocols.ts';
import { allRecipes, USUAL_RECIPES } from '../study/recipes.ts';
import { runCells, WORKSHOP, type Workshop } from '../study/run-cells.ts';
import { StabilityStudy, type StudyPlan } from '../study/stability-study.ts';
import { resultTables } from '../study/tables.ts';
import { verdict } from '../study/verdict.ts';
import { runWorkers } from '../study/workers.ts';
import { writeStudy } from '../study/write-study.ts';

/** As the command line gives them. */
export interface StudyFlags extends Omit<ConfigFlags, 'recipe' | 'weights'> {
  recipes?: string;
  batches?: string;
  seeds?: string;
  protocols?: string;
  out?: string;
  processes?: number;
  retryFailed?: boolean;
  dropCheckpoints?: boolean;
  summarize?: string;
  /** Of a process that another one started: the folder of the study to work on. */
  worker?: string;
}

const BATCHES = [1, 2, 4, 8, 16, 32, 64];
const SEEDS = [0, 1];

function protocolsOf(text: string | undefined): readonly StudyProtocol[] {
  if (text === undefined) return STUDY_PROTOCOLS;
  return nameList('protocols', text, 'optimizer,normalization').map((name) => {
    const found = STUDY_PROTOCOLS.find((one) => one === name);
    if (found !== undefined) return found;
    throw new Error(`--protocols got "${name}"; use ${STUDY_PROTOCOLS.join(', ')}.`);
  });
}

/** Each once, in the order given. */
const different = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

function gridOf({ recipes, batches, seeds, protocols }: StudyFlags, base: Config): StudyGrid {
  const asked = protocolsOf(protocols);
  const images = gradientBatch(base);
  const usual = asked.includes('normalization') ? BATCHES.filter((batch) => images % batch === 0) : BATCHES;
  return {
    protocols: different(asked),
    recipes:
      recipes === undefined
        ? USUAL_RECIPES
        : recipes === 'all'
          ? allRecipes(base)
          : different(nameList('recipes', recipes)),
    batches: batches === undefined ? usual : different(numberList('batches', batches, 1)),
    seeds: seeds === undefined ? SEEDS : different(numberList('seeds', seeds, 0)),
  };
}

/** Writes the files and prints the tables. */
async function summarize(study: StabilityStudy): Promise<void> {
  const results = await writeStudy(study);
  for (const table of resultTables(results))
    console.log(`\n${table.title}. ${table.note}\n${textTable(table)}`);
  console.log(`\n${verdict(results)}`);
  console.log(
    `Report: ${study.file('study.html')}\nTable:  ${study.file('study.md')}, ${study.file('study.csv')}\nFigure: ${study.file('study.png')}`,
  );
}

/** A graphics processor is for one process; of others, each core for one. */
const usualProcesses = (): number =>
  environmentReport().backend.device.kind === 'gpu' ? 1 : availableParallelism();

async function unfinished(study: StabilityStudy, cells: readonly Cell[]): Promise<number> {
  const done = await Promise.all(
    cells.map(async ({ id }) => (await study.hasFinished(id)) || (await study.hasFailed(id))),
  );
  return done.filter((isDone) => !isDone).length;
}

/** Makes the runs of a study that none works on, as one of several processes. */
async function work(flags: StudyFlags, study: StabilityStudy): Promise<void> {
  const { cells, survey } = await study.read();
  const { dropCheckpoints = false, processes = 1 } = flags;
  await untilInterrupted(async (context) => {
    const options = { cells, survey, study, dropCheckpoints, processes, workshop: WORKSHOP };
    return (await runCells({ ...options, ...context })) ? true : null;
  }, ' the same command.');
}

/** Looks at everything that a study needs before its first run. */
async function planOf(flags: StudyFlags, { survey }: Workshop): Promise<StudyPlan> {
  const from = sources({ ...flags, set: await assignments(flags) });
  const base = await loadConfig(from);
  const grid = gridOf(flags, base);
  const cells = await studyCells(from, grid);
  return { ...grid, gradientBatch: gradientBatch(base), survey: await survey(base), cells };
}

/**
 * Makes the runs that have no result yet, or goes on with them, and writes the results after each.
 *
 * @param workshop what makes a run, in this process alone. Default: training, in several processes.
 */
export async function study(flags: StudyFlags, workshop?: Workshop): Promise<void> {
  if (flags.summarize !== undefined) return summarize(new StabilityStudy(flags.summarize));
  if (flags.worker !== undefined) return work(flags, new StabilityStudy(flags.worker));
  const plan = await planOf(flags, workshop ?? WORKSHOP);
  const { cells, survey } = plan;
  const folder = new StabilityStudy(flags.out ?? join('studies', flags.preset ?? 'config'));
  await folder.begin(plan);
  if (flags.retryFailed === true) await folder.forgetFailures();
  const { dropCheckpoints = false } = flags;
  const wanted = workshop === undefined ? (flags.processes ?? usualProcesses()) : 1;
  const processes = Math.max(1, Math.min(wanted, await unfinished(folder, cells)));
  console.log(
    `${cells.length} runs in ${folder.path}: ${plan.recipes.join(', ')}; batches ${plan.batches.join(', ')}; ${plan.protocols.join(', ')}; ` +
      `seeds ${plan.seeds.join(', ')}; ${survey.training} training and ${survey.test} test images.`,
  );
  console.log(
    processes === 1
      ? describeComputation()
      : `${processes} processes, each with one thread unless the environment says otherwise.`,
  );
  await untilInterrupted(async (context) => {
    const args = ['study', '--worker', folder.path, '--processes', String(processes)];
    await (workshop ?? WORKSHOP).measureNoise(folder, plan, context);
    try {
      const isDone =
        processes === 1
          ? await runCells({
              ...{ cells, survey, study: folder, dropCheckpoints, ...context },
              workshop: workshop ?? WORKSHOP,
            })
          : await runWorkers({
              args: dropCheckpoints ? [...args, '--drop-checkpoints'] : args,
              processes,
              ...context,
            });
      return isDone ? true : null;
    } finally {
      await folder.alone(() => summarize(folder));
    }
  }, ' the same command.');
}
