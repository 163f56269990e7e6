/** What the runs of a study have given so far. */
import {
  RunFolder,
  spread,
  stateOf,
  type MetricsRecord,
  type Spread,
  type SweepState,
} from '@plumbline/training';
import { readInside, type InsideRecord } from '../inside/inside-record.ts';
import { readRunSummary, type RunSummary } from '../results/run-summary.ts';
import type { Cell, StudyPlace } from './cells.ts';
import type { StabilityStudy, StudyPlan } from './stability-study.ts';

/** One run: its summary, or why there is none. */
export interface RunResult extends Cell {
  readonly state: SweepState;
  /** Of a run that failed. */
  readonly reason: string | null;
  /** Null unless finished. */
  readonly summary: RunSummary | null;
  readonly metrics: readonly MetricsRecord[];
  /** What happened inside, of runs that are shown; else empty. */
  readonly inside: readonly InsideRecord[];
}

export interface Results extends Omit<StudyPlan, 'cells'> {
  readonly runs: readonly RunResult[];
}

/** What happens inside is shown of the first seed at both ends. */
export const isShownInside = (
  { seeds, batches }: Pick<StudyPlan, 'seeds' | 'batches'>,
  { seed, places }: Pick<Cell, 'seed' | 'places'>,
): boolean =>
  seed === seeds[0] &&
  places.some(({ batch }) => batch === Math.min(...batches) || batch === Math.max(...batches));

async function readRun(
  study: StabilityStudy,
  plan: StudyPlan,
  cell: Cell,
  failures: Awaited<ReturnType<StabilityStudy['failures']>>,
): Promise<RunResult> {
  const hasBegun = await study.hasBegun(cell.id);
  const run = hasBegun ? await RunFolder.open(study.run(cell.id)) : null;
  const summary = run === null ? null : await readRunSummary(run.file('summary.json'));
  const failure = failures[cell.id];
  return {
    ...cell,
    state: stateOf({ hasSummary: summary !== null, hasBegun, failure }),
    reason: summary === null ? (failure?.reason ?? null) : null,
    summary,
    metrics: run === null ? [] : await run.readMetrics(),
    inside: run !== null && isShownInside(plan, cell) ? await readInside(run.file('inside.jsonl')) : [],
  };
}

/** Reads every run folder of a study. */
export async function readResults(study: StabilityStudy): Promise<Results> {
  const plan = await study.read();
  const failures = await study.failures();
  const { cells, ...grid } = plan;
  const runs = await Promise.all(cells.map((cell) => readRun(study, plan, cell, failures)));
  return { ...grid, runs };
}

/** A recipe at a place of the tables. */
export interface Entry extends StudyPlace {
  readonly recipe: string;
}

/** One for every seed. */
export const runsAt = ({ runs }: Results, { recipe, protocol, batch }: Entry): RunResult[] =>
  runs.filter(
    (run) =>
      run.recipe === recipe &&
      run.places.some((place) => place.protocol === protocol && place.batch === batch),
  );

/** Shares of test images that are taken for another class, by seed. */
const errors = (results: Results, entry: Entry): Map<number, number> =>
  new Map(
    runsAt(results, entry).flatMap(({ seed, summary }) =>
      summary === null ? [] : [[seed, 1 - summary.top1] as const],
    ),
  );

/** Over the seeds; null without a finished run. */
export const errorAt = (results: Results, entry: Entry): Spread | null =>
  spread([...errors(results, entry).values()]);

/** How much the error is larger at the smallest batch than at the largest, over the seeds that have both; null without one. */
export function lossAt(results: Results, { recipe, protocol }: Omit<Entry, 'batch'>): Spread | null {
  const [least, most] = [Math.min(...results.batches), Math.max(...results.batches)];
  if (least === most) return null;
  const few = errors(results, { recipe, protocol, batch: least });
  const many = errors(results, { recipe, protocol, batch: most });
  return spread(
    [...few].flatMap(([seed, error]) => {
      const other = many.get(seed);
      return other === undefined ? [] : [error - other];
    }),
  );
}

/** Of answering at random. */
export const chanceError = ({ survey }: Results): number => 1 - 1 / survey.classes;

/** Recipes whose runs stand for several normalization batches, because they do not see the batch. */
export const batchFreeRecipes = ({ recipes, runs }: Results): string[] =>
  recipes.filter((recipe) =>
    runs.some(
      (run) =>
        run.recipe === recipe && run.places.filter(({ protocol }) => protocol === 'normalization').length > 1,
    ),
  );
