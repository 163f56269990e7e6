// What happens inside a network with one recipe and with another, as pictures for a study: one line per recipe.

import { divergence, momentsOf, type InsidePicture } from './inside-pictures.ts';
import type { InsideRecord } from './inside-record.ts';
import { depthViewsOf, type DepthView } from './pictures/depth-views.ts';
import { alongDepth, layerAxis } from './pictures/layer-axis.ts';
import { medianRates, rateExplanation, rateLabel, stepAxis } from './pictures/rate-picture.ts';
import { stackedPlotSvg } from './pictures/stacked-plot.ts';

/** A run's recipe, or whatever its line is to be called, and one of its records. */
type Named = readonly [name: string, record: InsideRecord];

/**
 * The pictures of several runs, of records in the order of their steps, by the name of their line: at most twenty. Runs without
 * records do not count; none without any.
 *
 * @throws if there are more runs than can be told apart.
 */
export function insideComparison(records: ReadonlyMap<string, readonly InsideRecord[]>): InsidePicture[] {
  const runs = [...records].filter(([, ofRun]) => ofRun.length > 0);
  if (runs.length === 0) return [];
  const moments: Moment[] = [
    { title: 'at the first measurement', records: firstOf(runs) },
    ...(runs.some(([, ofRun]) => ofRun.length > 1)
      ? [{ title: 'at the last measurement', records: lastOf(runs) }]
      : []),
  ].map(({ title, records: ofMoment }) => ({ title: commonMoment(ofMoment) ?? title, records: ofMoment }));
  const views = depthViewsOf(moments.flatMap((moment) => moment.records.map(([, record]) => record)));
  const note = divergence(runs);
  return [
    ...views.map((view) => throughDepth({ ...view, explanation: view.explanation + note }, moments)),
    ...(moments.length > 1 ? [alongTraining(runs)] : []),
  ];
}

interface Moment {
  readonly title: string;
  readonly records: readonly Named[];
}

type Runs = readonly (readonly [name: string, records: readonly InsideRecord[]])[];

const firstOf = (runs: Runs): Named[] =>
  runs.flatMap(([name, [first]]): Named[] => (first === undefined ? [] : [[name, first]]));

const lastOf = (runs: Runs): Named[] =>
  runs.flatMap(([name, ofRun]): Named[] => {
    const last = ofRun.at(-1);
    return last === undefined ? [] : [[name, last]];
  });

/** Null where the runs were measured at different steps. */
function commonMoment(records: readonly Named[]): string | null {
  const titles = new Set(records.flatMap(([, record]) => momentsOf([record]).map(([title]) => title)));
  const [only] = titles;
  return titles.size === 1 && only !== undefined ? only : null;
}

function throughDepth(
  { title, quantities, explanation }: DepthView,
  moments: readonly Moment[],
): InsidePicture {
  const all = moments.flatMap(({ records }) => records);
  const svg = stackedPlotSvg({
    title,
    names: namesOf(moments),
    axis: layerAxis(quantities.flatMap(({ read }) => all.map(([, record]) => read(record)))),
    panels: quantities.flatMap(({ read, label, ...panel }) =>
      moments.map((moment) => ({
        ...panel,
        label: `${label}, ${moment.title}`,
        lines: new Map(moment.records.map(([name, record]) => [name, alongDepth(read(record))])),
      })),
    ),
    caption: explanation,
  });
  return { title, svg, explanation };
}

const namesOf = (moments: readonly Moment[]): string[] => [
  ...new Set(moments.flatMap(({ records }) => records.map(([name]) => name))),
];

function alongTraining(runs: Runs): InsidePicture {
  const title = 'Effective learning rate';
  const plain = runs.filter(([, records]) => records.every(({ rates }) => rates.allFilters === null));
  const explanation =
    `${rateExplanation} The median over all such filters` +
    (plain.length === 0
      ? '.'
      : `; where there are none (${plain.map(([name]) => name).join(', ')}), the plain rate.`);
  const svg = stackedPlotSvg({
    title,
    names: runs.map(([name]) => name),
    axis: stepAxis(runs.flatMap(([, records]) => records)),
    panels: [
      {
        label: rateLabel,
        scale: 'log',
        lines: new Map(runs.map(([name, records]) => [name, medianRates(records)])),
      },
    ],
    caption: explanation,
  });
  return { title, svg, explanation };
}
