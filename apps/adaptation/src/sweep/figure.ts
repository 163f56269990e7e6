/** The figure and the curves of a sweep. */
import {
  categoryPlotSvg,
  describeSeeds,
  pageColorOf,
  type CategoryPoint,
  type Curve,
  type CurveSeries,
} from '@plumbline/training';
import { describeRuns } from './protocol.ts';
import { atLast, averageAt, runsAt, scoreAt, type Place, type Results } from './results.ts';
import { columnName, columnsOf } from './tables.ts';

/** Accuracy of each method, one mark for every recipe, as SVG: of one task, or of the average over all. Null without a score. */
export function sweepFigure(results: Results, task: string | null): string | null {
  const pointAt = (place: Place): CategoryPoint | null => {
    const value = task === null ? averageAt(results, place, atLast) : scoreAt(results, task, place, atLast);
    if (value !== null) return { mean: 100 * value.mean, sd: value.sd === null ? null : 100 * value.sd };
    const runs = task === null ? [] : runsAt(results, task, place);
    return runs.some(({ state }) => state === 'diverged' || state === 'refused')
      ? { mean: null, sd: null }
      : null;
  };
  const series = columnsOf(results).map((column) => ({
    name: columnName(results, column),
    points: results.methods.map((method) => pointAt({ method, ...column })),
  }));
  if (series.every(({ points }) => points.every((point) => point?.mean == null))) return null;
  const protocol = describeRuns(results);
  const seeds = describeSeeds(results.seeds.length);
  return categoryPlotSvg({
    title: `Target accuracy, ${task ?? `average over ${results.tasks.length} tasks`}`,
    subtitle: `after the last step; ${protocol['Network'] ?? ''}`,
    yLabel: 'target accuracy, %',
    categories: results.methods,
    series,
    caption:
      `${seeds.charAt(0).toUpperCase()}${seeds.slice(1)}. ${protocol['Steps']} steps of ${protocol['Images per step']} images; ` +
      `domains ${results.batchings.join(', ')}; ${protocol['Weights']}.`,
  });
}

/** Target accuracy along each run, one chart for every task, recipe and domain batching. */
export function sweepCurves(results: Results): Curve[] {
  return results.tasks.flatMap((task) =>
    columnsOf(results).flatMap((column): Curve[] => {
      const series = results.methods.flatMap((method) =>
        runsAt(results, task, { method, ...column }).map(({ metrics }): CurveSeries => ({
          name: method,
          style: 'measured',
          color: pageColorOf(results.methods.indexOf(method)),
          points: metrics.flatMap(({ kind, step, targetAccuracy }) =>
            kind === 'evaluation' && typeof targetAccuracy === 'number'
              ? [[step, 100 * targetAccuracy] as const]
              : [],
          ),
        })),
      );
      const shown = series.filter(({ points }) => points.length > 0);
      const title = `Target accuracy, ${task}, ${columnName(results, column)}`;
      return shown.length === 0 ? [] : [{ title, unit: '%', series: shown }];
    }),
  );
}
