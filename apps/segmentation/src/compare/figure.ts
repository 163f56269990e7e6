/** The figure and the curves of a comparison. */
import {
  pageColorOf,
  spreadPlotSvg,
  type Curve,
  type CurveSeries,
  type SpreadPoint,
} from '@plumbline/training';
import { perStep } from './cells.ts';
import { describeFairness, networkName, titleOf } from './protocol.ts';
import { groupOf, type Results, type RunResult } from './results.ts';
import { describeSpread } from './table.ts';

/** Mean IoU against images per step, as SVG; null while no run has a score. */
export function comparisonFigure(results: Results): string | null {
  const { labels, batchSizes, background, groups, protocols } = results;
  if (groups.every(({ meanIoU }) => meanIoU === null)) return null;
  const [dataset = ''] = (protocols[0] ?? '').split(',');
  const percent = (share: number): number => 100 * share;
  const series = labels.map((name) => ({
    name,
    points: batchSizes.flatMap((x): SpreadPoint[] => {
      const group = groupOf(results, name, x);
      if (group === undefined) return [];
      const { meanIoU, runs } = group;
      if (meanIoU === null)
        return runs.some(({ reason }) => reason !== null) ? [{ x, mean: null, sd: null }] : [];
      return [{ x, mean: percent(meanIoU.mean), sd: meanIoU.sd === null ? null : percent(meanIoU.sd) }];
    }),
  }));
  return spreadPlotSvg({
    title: batchSizes.length === 1 ? titleOf(results) : 'Mean IoU against images per step',
    subtitle: `${networkName(results)} on ${dataset}`,
    xLabel: 'images per step',
    yLabel: 'mean IoU, %',
    series,
    ...(background?.meanIoU == null
      ? {}
      : { reference: { label: 'background everywhere', value: percent(background.meanIoU) } }),
    caption: `${capital(describeSpread(results))}. ${capital(describeFairness(results.comparison))}. ${protocols.join(' | ')}.`,
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The learning curves of all runs, one chart for every number of images per step. */
export function comparisonCurves(results: Results): Curve[] {
  const { labels, batchSizes, runs, background } = results;
  const series = (
    run: RunResult,
    kind: string,
    field: string,
    style: CurveSeries['style'],
    factor: number,
  ): CurveSeries => ({
    name: run.label,
    style,
    color: pageColorOf(labels.indexOf(run.label)),
    points: [
      ...new Map(
        run.metrics.flatMap((record) => {
          const value = record[field];
          return record.kind === kind && typeof value === 'number'
            ? [[record.step, factor * value] as const]
            : [];
        }),
      ),
    ],
  });
  const curves = batchSizes.flatMap((size): Curve[] => {
    const here = runs.filter(({ batchSize }) => batchSize === size);
    const images = perStep(size);
    return [
      {
        title: `Mean IoU, ${images}`,
        unit: '%',
        series: here.map((run) => series(run, 'evaluation', 'meanIoU', 'measured', 100)),
        ...(background?.meanIoU == null
          ? {}
          : { reference: { label: 'background everywhere', value: 100 * background.meanIoU } }),
      },
      {
        title: `Training loss, ${images}`,
        unit: 'mean over valid pixels',
        series: here.map((run) => series(run, 'train', 'loss', 'smoothed', 1)),
      },
    ];
  });
  return curves
    .map((curve) => ({ ...curve, series: curve.series.filter(({ points }) => points.length > 0) }))
    .filter((curve) => curve.series.length > 0);
}
