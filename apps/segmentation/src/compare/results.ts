/** What the runs of a comparison have given so far. */
import {
  median,
  RunFolder,
  spread,
  stateOf,
  type MetricsRecord,
  type Spread,
  type SweepFailure,
  type SweepState,
} from '@plumbline/training';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Cell } from './cells.ts';
import type { Comparison, ComparisonFolder } from './comparison-folder.ts';

// Of summary.json; there is more in it.
const summarySchema = z.object({
  meanIoU: z.number().nullable(),
  pixelAccuracy: z.number().nullable(),
  boundaryF: z.number().nullable().optional(),
  backgroundMeanIoU: z.number().nullable(),
  backgroundPixelAccuracy: z.number().nullable(),
  seconds: z.number(),
  protocol: z.string(),
});

export type RunSummary = z.output<typeof summarySchema>;

/** One run: its scores, or why there are none. */
export interface RunResult extends Omit<Cell, 'config'> {
  state: SweepState;
  /** Of a failure. */
  reason: string | null;
  /** Null unless finished. */
  summary: RunSummary | null;
  /** Median of the lines of its log but the first, whose steps compile kernels. */
  stepSeconds: number | null;
  metrics: MetricsRecord[];
}

/** The runs of one entry at one number of images per step. */
export interface Group {
  label: string;
  batchSize: number;
  runs: RunResult[];
  meanIoU: Spread | null;
  pixelAccuracy: Spread | null;
  boundaryF: Spread | null;
  /** Median over the runs. */
  stepSeconds: number | null;
}

export interface Results {
  comparison: Comparison;
  /** In the order of the ladder. */
  labels: string[];
  /** Ascending. */
  batchSizes: number[];
  groups: Group[];
  runs: RunResult[];
  /** Of answering "background" everywhere: the same for every run. */
  background: { meanIoU: number | null; pixelAccuracy: number | null } | null;
  /** How the scores were measured; more than one where entries change it. */
  protocols: string[];
}

async function readSummary(path: string): Promise<RunSummary | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const { data, error } = summarySchema.safeParse(JSON.parse(text));
  if (data !== undefined) return data;
  throw new Error(
    `${path} is no summary of a segmentation run (${error.issues[0]?.path.join('.') ?? ''}): delete it, and the run is finished again.`,
  );
}

async function readRun(
  folder: ComparisonFolder,
  { id, label, batchSize, seed }: Cell,
  failure: SweepFailure | undefined,
): Promise<RunResult> {
  const isBegun = await folder.hasBegun(id);
  const run = isBegun ? await RunFolder.open(folder.run(id)) : null;
  const metrics = run === null ? [] : await run.readMetrics();
  const summary = run === null ? null : await readSummary(run.file('summary.json'));
  const steps = metrics.flatMap(({ kind, stepSeconds }) =>
    kind === 'train' && typeof stepSeconds === 'number' ? [stepSeconds] : [],
  );
  return {
    id,
    label,
    batchSize,
    seed,
    state: stateOf({ hasSummary: summary !== null, hasBegun: isBegun, failure }),
    reason: summary === null ? (failure?.reason ?? null) : null,
    summary,
    stepSeconds: median(steps.length > 1 ? steps.slice(1) : steps),
    metrics,
  };
}

function group(label: string, batchSize: number, all: readonly RunResult[]): Group[] {
  const runs = all.filter((run) => run.label === label && run.batchSize === batchSize);
  if (runs.length === 0) return [];
  const spreadOf = (score: (summary: RunSummary) => number | null | undefined): Spread | null =>
    spread(runs.flatMap(({ summary }) => (summary === null ? [] : (score(summary) ?? []))));
  return [
    {
      label,
      batchSize,
      runs,
      meanIoU: spreadOf(({ meanIoU }) => meanIoU),
      pixelAccuracy: spreadOf(({ pixelAccuracy }) => pixelAccuracy),
      boundaryF: spreadOf(({ boundaryF }) => boundaryF),
      stepSeconds: median(
        runs.flatMap(({ state, stepSeconds }) => (state === 'finished' ? (stepSeconds ?? []) : [])),
      ),
    },
  ];
}

/** Reads every run folder of a comparison. */
export async function readResults(folder: ComparisonFolder): Promise<Results> {
  const comparison = await folder.read();
  const failures = await folder.failures();
  const runs = await Promise.all(comparison.cells.map((cell) => readRun(folder, cell, failures[cell.id])));
  const labels = [...new Set(runs.map(({ label }) => label))];
  const batchSizes = [...new Set(runs.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  const summaries = runs.flatMap(({ summary }) => summary ?? []);
  const [first] = summaries;
  return {
    comparison,
    labels,
    batchSizes,
    groups: labels.flatMap((label) => batchSizes.flatMap((batchSize) => group(label, batchSize, runs))),
    runs,
    background:
      first === undefined
        ? null
        : { meanIoU: first.backgroundMeanIoU, pixelAccuracy: first.backgroundPixelAccuracy },
    protocols: [...new Set(summaries.map(({ protocol }) => protocol))],
  };
}

export const groupOf = ({ groups }: Results, label: string, batchSize: number): Group | undefined =>
  groups.find((group) => group.label === label && group.batchSize === batchSize);

/** The seeds of the ladder. */
export const seedsOf = ({ runs }: Results): number[] => [...new Set(runs.map(({ seed }) => seed))];
