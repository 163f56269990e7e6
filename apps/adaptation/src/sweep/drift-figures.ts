/** How far target activations drift from the source's under each normalization: one figure for every task of a sweep. */
import type { LayerDrift } from '@plumbline/adaptation';
import { describeSeeds } from '@plumbline/training';
import { driftComparisonSvg } from '../report/drift-picture.ts';
import { SOURCE_ONLY } from '../config/method-variants.ts';
import { runsAt, type Results, type RunResult } from './results.ts';
import { columnName, columnsOf } from './tables.ts';

export interface DriftFigure {
  readonly task: string;
  readonly svg: string;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Layer by layer over the runs of all seeds; null where none was measured. */
function meanDrift(runs: readonly RunResult[]): LayerDrift[] | null {
  const measured = runs.flatMap(({ drift }) => (drift === null ? [] : [drift]));
  const [first] = measured;
  if (first === undefined) return null;
  return first.map(({ layer }, depth) => {
    const of = (shift: 'meanShift' | 'varianceShift'): number =>
      mean(measured.map((drift) => drift[depth]?.[shift] ?? NaN));
    return { layer, meanShift: of('meanShift'), varianceShift: of('varianceShift') };
  });
}

/** Of networks trained on the source alone, where the sweep has them: what the domains do to a network before any method does. */
export function driftFigures(results: Results): DriftFigure[] {
  const { methods, tasks, seeds } = results;
  const method = methods.includes(SOURCE_ONLY) ? SOURCE_ONLY : methods[0];
  if (method === undefined) return [];
  return tasks.flatMap((task) => {
    const lines = columnsOf(results).flatMap((column) => {
      const drift = meanDrift(runsAt(results, task, { method, ...column }));
      return drift === null ? [] : [[columnName(results, column), drift] as const];
    });
    if (lines.length === 0) return [];
    const svg = driftComparisonSvg(Object.fromEntries(lines), {
      title: `Drift of target activations, ${task}, ${method}`,
      caption: `Before each rectifier, in inference; ${describeSeeds(seeds.length)}.`,
    });
    return [{ task, svg }];
  });
}
