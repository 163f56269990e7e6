/** The figures and the curves of a study. */
import {
  pageColorOf,
  spreadPlotSvg,
  type Curve,
  type CurveSeries,
  type SpreadPlot,
  type SpreadPoint,
  type SpreadSeries,
} from '@plumbline/training';
import { subjectOf } from './protocol.ts';
import { atBatch, batchLabel, protocolTitle, type StudyProtocol } from './protocols.ts';
import { chanceError, errorAt, runsAt, type Entry, type Results } from './results.ts';
import { describeTable } from './tables.ts';

/** More lines in one picture cannot be told apart. */
export const MOST_LINES = 10;

/** The lines of a comparison by the picture that shows them. */
export const picturesOf = <Line>(all: readonly Line[]): Line[][] =>
  Array.from({ length: Math.ceil(all.length / MOST_LINES) }, (_, i) =>
    all.slice(MOST_LINES * i, MOST_LINES * (i + 1)),
  );

/** A picture and the name of its files. */
export interface StudyFigure {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Null: nothing to draw; without a mean: the runs failed. */
function pointAt(results: Results, entry: Entry): SpreadPoint | null {
  const error = errorAt(results, entry);
  const { batch: x } = entry;
  if (error !== null) return { x, mean: 100 * error.mean, sd: error.sd === null ? null : 100 * error.sd };
  const hasFailed = runsAt(results, entry).some(({ reason }) => reason !== null);
  return hasFailed ? { x, mean: null, sd: null } : null;
}

const seriesOf = (results: Results, protocol: StudyProtocol): SpreadSeries[] => {
  const batches = [...results.batches].sort((a, b) => a - b);
  return results.recipes.map((name) => ({
    name,
    points: batches.flatMap((batch) => pointAt(results, { recipe: name, protocol, batch }) ?? []),
  }));
};

function figureOf(
  results: Results,
  protocol: StudyProtocol,
  { title, series, elsewhere }: Required<Pick<SpreadPlot, 'title' | 'series' | 'elsewhere'>>,
): string | null {
  if (series.every(({ points }) => points.every(({ mean }) => mean === null))) return null;
  const { survey, runs } = results;
  const epochs = runs[0]?.config.train.epochs ?? 0;
  return spreadPlotSvg({
    title,
    subtitle: `${subjectOf(results)}; ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} of ${survey.training} images, ${survey.test} test images`,
    xLabel: batchLabel(protocol),
    yLabel: 'top-1 error, %',
    series,
    elsewhere,
    lowerIsBetter: true,
    reference: { label: 'chance', value: 100 * chanceError(results) },
    caption: describeTable(results, protocol),
  });
}

/**
 * One for each protocol, or several with the same axes where the recipes are too many for one: `study`, `study-normalization`,
 * `study-2` …
 */
export const studyFigures = (results: Results): StudyFigure[] =>
  results.protocols.flatMap((protocol, index) => {
    const all = seriesOf(results, protocol);
    const pictures = picturesOf(all);
    return pictures.flatMap((series, part): StudyFigure[] => {
      const title =
        protocolTitle(protocol) + (pictures.length === 1 ? '' : `, ${part + 1} of ${pictures.length}`);
      const svg = figureOf(results, protocol, { title, series, elsewhere: all });
      const name = ['study', ...(index === 0 ? [] : [protocol]), ...(part === 0 ? [] : [part + 1])].join('-');
      return svg === null ? [] : [{ name, title, svg }];
    });
  });

/** Errors along the runs, one chart for every batch of a protocol. */
export const studyCurves = (results: Results): Curve[] =>
  results.protocols.flatMap((protocol) =>
    results.batches.flatMap((batch): Curve[] => {
      const series = results.recipes.flatMap((recipe, index) =>
        runsAt(results, { recipe, protocol, batch }).map(({ metrics }): CurveSeries => ({
          name: recipe,
          style: 'measured',
          color: pageColorOf(index),
          points: metrics.flatMap(({ kind, step, top1 }) =>
            kind === 'evaluation' && typeof top1 === 'number' ? [[step, 100 * (1 - top1)] as const] : [],
          ),
        })),
      );
      const shown = series.filter(({ points }) => points.length > 0);
      const title = `Top-1 error, ${atBatch(protocol, batch)}`;
      return shown.length === 0 ? [] : [{ title, unit: '%', series: shown }];
    }),
  );
