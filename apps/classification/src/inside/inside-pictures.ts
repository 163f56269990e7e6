// What happens inside a network, as pictures for the report of one run: at initialization and at the end, and along training.

import type { InsideRecord } from './inside-record.ts';
import { depthViewsOf, type DepthView } from './pictures/depth-views.ts';
import { alongDepth, layerAxis } from './pictures/layer-axis.ts';
import type { PanelPoint } from './pictures/panel.ts';
import { rateExplanation, rateLabel, stepAxis } from './pictures/rate-picture.ts';
import { stackedPlotSvg } from './pictures/stacked-plot.ts';

export interface InsidePicture {
  readonly title: string;
  /** An SVG file of its own, on white. */
  readonly svg: string;
  /** What it shows and how to read it; it stands below the picture too. */
  readonly explanation: string;
}

/** The first and the last of the records, by the name of their line. */
export function momentsOf(records: readonly InsideRecord[]): [name: string, record: InsideRecord][] {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return [];
  const nameOf = ({ step }: InsideRecord): string =>
    step === 0 ? 'at initialization' : `after ${step} steps`;
  return first === last
    ? [[nameOf(first), first]]
    : [
        [nameOf(first), first],
        [nameOf(last), last],
      ];
}

/** What is said of runs, by name, whose last measurement found no numbers any more; empty of none. */
export function divergence(
  runs: Iterable<readonly [name: string, records: readonly InsideRecord[]]>,
): string {
  const diverged = [...runs].filter(([, records]) => !Number.isFinite(records.at(-1)?.loss ?? 0));
  if (diverged.length === 0) return '';
  return ` Diverged, and therefore without a line at the end: ${diverged.map(([name]) => name).join(', ')}.`;
}

/** The pictures of one run, of records in the order of their steps; none without records. */
export function insidePictures(records: readonly InsideRecord[]): InsidePicture[] {
  const moments = momentsOf(records);
  if (moments.length === 0) return [];
  const note = divergence([['this run', records]]);
  const views = depthViewsOf(moments.map(([, record]) => record)).map((view) =>
    throughDepth({ ...view, explanation: view.explanation + note }, moments),
  );
  return records.length > 1 ? [...views, alongTraining(records)] : views;
}

function throughDepth(
  { title, quantities, explanation }: DepthView,
  moments: readonly [string, InsideRecord][],
): InsidePicture {
  const svg = stackedPlotSvg({
    title,
    names: moments.map(([name]) => name),
    axis: layerAxis(quantities.flatMap(({ read }) => moments.map(([, record]) => read(record)))),
    panels: quantities.map(({ read, ...panel }) => ({
      ...panel,
      lines: new Map(moments.map(([name, record]) => [name, alongDepth(read(record))])),
    })),
    caption: explanation,
  });
  return { title, svg, explanation };
}

function alongTraining(records: readonly InsideRecord[]): InsidePicture {
  const title = 'Effective learning rate';
  const lineOf = (read: (record: InsideRecord) => number): PanelPoint[] =>
    records.map((record) => ({ at: record.step, value: read(record) }));
  const hasInvariant = records.some(({ rates }) => rates.allFilters !== null);
  const lines = new Map<string, PanelPoint[]>([
    ['learning rate η', lineOf(({ learningRate }) => learningRate)],
    ...(hasInvariant
      ? ([
          ['upper quartile', lineOf(({ rates }) => rates.allFilters?.upper ?? NaN)],
          ['median filter', lineOf(({ rates }) => rates.allFilters?.median ?? NaN)],
          ['lower quartile', lineOf(({ rates }) => rates.allFilters?.lower ?? NaN)],
        ] as const)
      : []),
  ]);
  const explanation =
    rateExplanation +
    (hasInvariant
      ? ' Median and quartiles over all such filters.'
      : ' No filter of this run is such a one: the plain rate holds.');
  const svg = stackedPlotSvg({
    title,
    names: [...lines.keys()],
    axis: stepAxis(records),
    panels: [{ label: hasInvariant ? `η, and ${rateLabel}` : 'learning rate η', scale: 'log', lines }],
    caption: explanation,
  });
  return { title, svg, explanation };
}
