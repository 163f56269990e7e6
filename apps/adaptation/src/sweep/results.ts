/** What the runs of a sweep have given so far. */
import { VALIDATORS, type LayerDrift, type ValidatorName } from '@plumbline/adaptation';
import {
  RunFolder,
  spread,
  stateOf,
  type MetricsRecord,
  type Spread,
  type SweepState,
} from '@plumbline/training';
import { readRunAnalysis } from '../results/run-analysis.ts';
import { readRunSummary, type RunSummary } from '../results/run-summary.ts';
import type { AdaptationSweep } from './adaptation-sweep.ts';
import type { Cell } from './cells.ts';
import { SOURCE_ONLY } from '../config/method-variants.ts';

/** One run: its summary, or why there is none. */
export interface RunResult extends Cell {
  readonly state: SweepState;
  /** Of a run that failed. */
  readonly reason: string | null;
  /** Null unless finished. */
  readonly summary: RunSummary | null;
  readonly metrics: readonly MetricsRecord[];
  /** Null where it was not measured. */
  readonly drift: readonly LayerDrift[] | null;
}

/** One row and column of a table: a method, a normalization, and how the domains meet. */
export type Place = Pick<Cell, 'method' | 'recipe' | 'batching'>;

export interface Results {
  readonly validator: ValidatorName;
  readonly runs: readonly RunResult[];
  /** All in the order of the sweep. */
  readonly tasks: readonly string[];
  readonly methods: readonly string[];
  readonly recipes: readonly string[];
  readonly batchings: readonly Cell['batching'][];
  readonly seeds: readonly number[];
}

async function readRun(
  sweep: AdaptationSweep,
  cell: Cell,
  failures: Awaited<ReturnType<AdaptationSweep['failures']>>,
): Promise<RunResult> {
  const hasBegun = await sweep.hasBegun(cell.id);
  const run = hasBegun ? await RunFolder.open(sweep.run(cell.id)) : null;
  const summary = run === null ? null : await readRunSummary(run.file('summary.json'));
  const failure = failures[cell.id];
  return {
    ...cell,
    state: stateOf({ hasSummary: summary !== null, hasBegun, failure }),
    reason: summary === null ? (failure?.reason ?? null) : null,
    summary,
    metrics: run === null ? [] : await run.readMetrics(),
    drift: run === null ? null : ((await readRunAnalysis(run.file('analysis.json')))?.drift ?? null),
  };
}

/** Reads every run folder of a sweep. */
export async function readResults(sweep: AdaptationSweep): Promise<Results> {
  const { validator, cells } = await sweep.read();
  const failures = await sweep.failures();
  const runs = await Promise.all(cells.map((cell) => readRun(sweep, cell, failures)));
  const of = <Key extends keyof Cell>(key: Key): Cell[Key][] => [...new Set(cells.map((cell) => cell[key]))];
  return {
    validator,
    runs,
    tasks: of('task'),
    methods: of('method'),
    recipes: of('recipe'),
    batchings: of('batching'),
    seeds: of('seed'),
  };
}

/** Of the validator whose choice is reported, for people. */
export const validatorLabel = ({ validator }: Pick<Results, 'validator'>): string =>
  VALIDATORS.find(({ name }) => name === validator)?.label ?? validator;

/** The runs of one place in the tables of a task. */
export const runsAt = ({ runs }: Results, task: string, place: Place): RunResult[] =>
  runs.filter(
    (run) =>
      run.task === task &&
      run.method === place.method &&
      run.recipe === place.recipe &&
      run.batching === place.batching,
  );

/** A number of a finished run; null where it has none. */
export type Score = (summary: RunSummary) => number | null;

export const atLast: Score = ({ last }) => last;
export const atOracle: Score = ({ oracle }) => oracle.accuracy;
export const atChoice =
  ({ validator }: Results): Score =>
  ({ chosen }) =>
    chosen[validator]?.accuracy ?? null;

type BySeed = ReadonlyMap<number, number>;

/** Of the runs that have it. */
function scores(results: Results, task: string, place: Place, score: Score): BySeed {
  return new Map(
    runsAt(results, task, place).flatMap(({ seed, summary }) => {
      const value = summary === null ? null : score(summary);
      return value === null ? [] : [[seed, value] as const];
    }),
  );
}

/**
 * The mean over all tasks, of the seeds that have every task: the mean of some would be compared with that of others.
 */
function averages({ tasks, seeds }: Results, of: (task: string) => BySeed): Spread | null {
  const byTask = tasks.map(of);
  return spread(
    seeds.flatMap((seed) => {
      const values = byTask.flatMap((task) => task.get(seed) ?? []);
      if (values.length < tasks.length) return [];
      return [values.reduce((sum, value) => sum + value, 0) / tasks.length];
    }),
  );
}

/** Over the seeds; null without a run that has it. */
export const scoreAt = (results: Results, task: string, place: Place, score: Score): Spread | null =>
  spread([...scores(results, task, place, score).values()]);

/** Over the seeds that have every task, of the mean over all tasks. */
export const averageAt = (results: Results, place: Place, score: Score): Spread | null =>
  averages(results, (task) => scores(results, task, place, score));

/** The last accuracy minus that of source-only of the same recipe, domain batching and seed. */
function gains(results: Results, task: string, place: Place): BySeed {
  if (place.method === SOURCE_ONLY) return new Map();
  const base = scores(results, task, { ...place, method: SOURCE_ONLY }, atLast);
  return new Map(
    [...scores(results, task, place, atLast)].flatMap(([seed, value]) => {
      const without = base.get(seed);
      return without === undefined ? [] : [[seed, value - without] as const];
    }),
  );
}

/** Of one run; null where it, or its source-only, has no score. */
export const gainOf = (results: Results, run: RunResult): number | null =>
  gains(results, run.task, run).get(run.seed) ?? null;

/** Over the seeds that have both. */
export const gainAt = (results: Results, task: string, place: Place): Spread | null =>
  spread([...gains(results, task, place).values()]);

/** Over the seeds that have both for every task, of the mean over all tasks. */
export const averageGainAt = (results: Results, place: Place): Spread | null =>
  averages(results, (task) => gains(results, task, place));
