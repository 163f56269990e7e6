/** The results of a comparison as tables: rows are entries, columns are images per step. */
import {
  describeSeeds,
  formatSpread,
  percent,
  withoutScore,
  type ComparisonTable,
} from '@plumbline/training';
import { perStep } from './cells.ts';
import { groupOf, seedsOf, type Group, type Results } from './results.ts';

function table(
  results: Results,
  title: string,
  note: string,
  cell: (group: Group) => string,
  background: number | null = null,
): ComparisonTable {
  const { labels, batchSizes } = results;
  return {
    title,
    note,
    head: ['recipe', ...batchSizes.map(perStep)],
    rows: [
      ...labels.map((label) => [
        label,
        ...batchSizes.map((size) => {
          const group = groupOf(results, label, size);
          return group === undefined ? '–' : cell(group);
        }),
      ]),
      ...(background === null
        ? []
        : [['background everywhere', ...batchSizes.map(() => (100 * background).toFixed(1))]]),
    ],
  };
}

/** `mean ± standard deviation over 3 seeds (n = 3)`; without a spread where there is one seed. */
export const describeSpread = (results: Results): string => describeSeeds(seedsOf(results).length);

export function resultTables(results: Results): ComparisonTable[] {
  const expected = seedsOf(results).length;
  const { background, groups } = results;
  const scored = (key: 'meanIoU' | 'pixelAccuracy' | 'boundaryF') => (group: Group) => {
    const value = group[key];
    return value === null ? withoutScore(group.runs) : formatSpread(value, expected);
  };
  const note = `Percent, ${describeSpread(results)}.`;
  return [
    table(results, 'Mean IoU', note, scored('meanIoU'), background?.meanIoU),
    table(results, 'Pixel accuracy', note, scored('pixelAccuracy'), background?.pixelAccuracy),
    ...(groups.some(({ boundaryF }) => boundaryF !== null)
      ? [table(results, 'Boundary F-score', note, scored('boundaryF'))]
      : []),
    table(
      results,
      'Time of a step',
      'Milliseconds, median over the runs of the median of each, without its first log line. Only compare times of one machine with nothing else to do.',
      ({ stepSeconds }) => (stepSeconds === null ? '–' : (1000 * stepSeconds).toFixed(0)),
    ),
  ];
}

/** One sentence: who is best with the fewest images, and what going down to them cost everyone. */
export function verdict(results: Results): string {
  const { labels, batchSizes } = results;
  const [least] = batchSizes;
  const most = batchSizes.at(-1);
  const scores = labels.flatMap((label) => {
    const few = least === undefined ? null : groupOf(results, label, least)?.meanIoU;
    const many = most === undefined ? null : groupOf(results, label, most)?.meanIoU;
    return few ? [{ label, few, loss: many ? many.mean - few.mean : null }] : [];
  });
  const [best, second] = [...scores].sort((a, b) => b.few.mean - a.few.mean);
  if (best === undefined || least === undefined || most === undefined) return 'No run is finished yet.';
  const { mean, sd, n } = best.few;
  const background = results.background?.meanIoU ?? 0;
  if (mean < background + 0.001) {
    return `With ${perStep(least)} no row is above answering "background" everywhere (${percent(background)} mean IoU).`;
  }
  const score =
    sd === null
      ? `${percent(mean)} (one seed)`
      : `${(100 * mean).toFixed(1)} ± ${(100 * sd).toFixed(1)} % (n = ${n})`;
  const lead = second === undefined ? Infinity : mean - second.few.mean;
  const spread = Math.max(sd ?? 0, second?.few.sd ?? 0);
  const close =
    second !== undefined && lead < spread
      ? `; its lead over ${second.label}, ${(100 * lead).toFixed(1)} points, is within one standard deviation`
      : '';
  const first = `With ${perStep(least)} ${best.label} has the highest mean IoU: ${score}${close}.`;
  const losses = scores.flatMap(({ label, loss }) => (loss === null ? [] : [{ label, loss }]));
  if (least === most || losses.length === 0) return first;
  const list = losses
    .sort((a, b) => a.loss - b.loss)
    .map(
      ({ label, loss }) =>
        `${label} ${(-100 * loss)
          .toFixed(1)
          .replace(/^-/, '−')
          .replace(/^(?=\d)/, '+')}`,
    )
    .join('; ');
  return `${first} Going from ${most} to ${least} changed the mean by, in points: ${list}.`;
}
