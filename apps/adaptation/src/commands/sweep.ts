/** `sweep`: tasks × methods × recipes × domain batchings × seeds, as tables and a figure. */
import {
  DOMAIN_BATCHINGS,
  VALIDATOR_NAMES,
  type DomainBatching,
  type ValidatorName,
} from '@plumbline/adaptation';
import { textTable, untilInterrupted } from '@plumbline/training';
import { nameList, numberList, sources, type ConfigSources } from '@plumbline/training/config';
import { join } from 'node:path';
import { assignments, type ConfigFlags } from '../config/flag-assignments.ts';
import { loadConfig } from '../config/load-config.ts';
import { DIGIT_TASKS, OFFICE_TASKS } from '../config/task-config.ts';
import { AdaptationSweep } from '../sweep/adaptation-sweep.ts';
import { folderName, sweepCells, type SweepGrid } from '../sweep/cells.ts';
import { METHODS, USUAL_METHODS } from '../config/method-variants.ts';
import { runCells, type Workshop } from '../sweep/run-cells.ts';
import { resultTables } from '../sweep/tables.ts';
import { summaryOf, writeSweep } from '../sweep/write-sweep.ts';

/** As the command line gives them. */
export interface SweepFlags extends Omit<ConfigFlags, 'task' | 'method'> {
  tasks?: string;
  /** Every task of the configuration's data set. */
  all?: boolean;
  methods?: string;
  recipes?: string;
  batchings?: string;
  seeds?: string;
  validator?: string;
  out?: string;
  retryFailed?: boolean;
  dropCheckpoints?: boolean;
  summarize?: string;
}

const RECIPES = ['bn', 'gn', 'wa', 'wa+bn', 'wa+gn'];
const SEEDS = [0, 1, 2];

/** @throws with one sentence that names the flag, what it got and what there is. */
function oneOf<Name extends string>(flag: string, name: string, all: readonly Name[]): Name {
  const found = all.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Error(`--${flag} got "${name}"; use ${all.join(', ')}.`);
}

/** The short names of the tasks; null: the configuration's own, which may have none. */
async function tasksOf({ tasks, all = false }: SweepFlags, from: ConfigSources): Promise<string[] | null> {
  if (tasks !== undefined && all) throw new Error('--tasks and --all name the tasks twice: leave out one.');
  if (tasks !== undefined) return nameList('tasks', tasks, 'A-W,D-W');
  if (!all) return null;
  const { name } = (await loadConfig(from)).task;
  if (name === 'folders') {
    throw new Error(
      '--all stands for the tasks of Office-31 or of the digits, and the configuration has two folders: choose another --preset, or leave out --all.',
    );
  }
  return [...(name === 'office31' ? OFFICE_TASKS : DIGIT_TASKS)];
}

async function gridOf(
  flags: SweepFlags,
  from: ConfigSources,
  tasks: readonly string[] | null,
): Promise<SweepGrid> {
  const { methods, recipes, batchings, seeds, data } = flags;
  const at = data === undefined ? {} : { data };
  const { domainBatching } = (await loadConfig(from)).train;
  return {
    tasks: tasks === null ? [[]] : tasks.map((task) => assignments({ ...at, task })),
    methods:
      methods === undefined
        ? USUAL_METHODS
        : nameList('methods', methods, 'source-only,dann').map((name) => oneOf('methods', name, METHODS)),
    recipes: recipes === undefined ? RECIPES : nameList('recipes', recipes),
    batchings:
      batchings === undefined
        ? [domainBatching]
        : nameList('batchings', batchings, 'joint,separate').map((name): DomainBatching =>
            oneOf('batchings', name, DOMAIN_BATCHINGS),
          ),
    seeds: seeds === undefined ? SEEDS : numberList('seeds', seeds, 0),
  };
}

/** Writes the files and prints the tables. */
async function summarize(sweep: AdaptationSweep): Promise<void> {
  const results = await writeSweep(sweep);
  for (const table of resultTables(results))
    console.log(`\n${table.title}. ${table.note}\n${textTable(table)}`);
  console.log(`\n${summaryOf(results)}`);
  console.log(
    `Report: ${sweep.file('sweep.html')}\nTable:  ${sweep.file('sweep.md')}, ${sweep.file('sweep.csv')}\nFigure: ${sweep.file('sweep.png')}`,
  );
}

/**
 * Makes the runs that have no result yet, or goes on with them, and writes the results after each.
 *
 * @param workshop what makes a run. Default: training.
 */
export async function sweep(flags: SweepFlags, workshop?: Workshop): Promise<void> {
  if (flags.summarize !== undefined) return summarize(new AdaptationSweep(flags.summarize));
  const { validator: wanted = 'informationMaximization' } = flags;
  const validator: ValidatorName = oneOf('validator', wanted, VALIDATOR_NAMES);
  // `--data` belongs to the tasks, where those are named.
  const { data, ...others } = flags;
  const plain = sources({ ...flags, set: assignments(others) });
  const tasks = await tasksOf(flags, plain);
  const from =
    data === undefined || tasks !== null
      ? plain
      : sources({ ...flags, set: assignments({ ...others, data }) });
  const grid = await gridOf(flags, from, tasks);
  const cells = await sweepCells(from, grid);
  const lacking = cells.find(({ config }) => !config.evaluate.validators.includes(validator));
  if (lacking !== undefined) {
    throw new Error(
      `--validator ${validator} is not among evaluate.validators (${lacking.config.evaluate.validators.join(', ')}): add it there, or choose one of them.`,
    );
  }
  const name = folderName(
    `${flags.preset ?? 'config'}-${flags.all === true ? 'all' : (tasks ?? ['task']).join('-')}`,
  );
  const folder = new AdaptationSweep(flags.out ?? join('sweeps', name));
  await folder.begin({ validator, cells });
  if (flags.retryFailed === true) await folder.forgetFailures();
  console.log(
    `${cells.length} runs in ${folder.path}: ${[...new Set(cells.map(({ task }) => task))].join(', ')}; ${grid.methods.join(', ')}; ` +
      `${grid.recipes.join(', ')}; domains ${grid.batchings.join(', ')}; seeds ${grid.seeds.join(', ')}.`,
  );
  await untilInterrupted(async ({ progress, signal }) => {
    const isDone = await runCells({
      cells,
      sweep: folder,
      progress,
      signal,
      dropCheckpoints: flags.dropCheckpoints === true,
      ...(workshop === undefined ? {} : { workshop }),
    });
    await folder.alone(() => summarize(folder));
    return isDone ? true : null;
  }, ' the same command.');
}
