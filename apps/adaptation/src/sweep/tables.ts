/** The results of a sweep as tables: methods below each other, recipes side by side, or tasks where there are several. */
import {
  describeSeeds,
  formatChange,
  formatSpread,
  percent,
  withoutScore,
  type ComparisonTable,
  type Spread,
} from '@plumbline/training';
import { SOURCE_ONLY } from '../config/method-variants.ts';
import {
  atChoice,
  atLast,
  atOracle,
  averageAt,
  averageGainAt,
  gainAt,
  runsAt,
  scoreAt,
  validatorLabel,
  type Place,
  type Results,
  type Score,
} from './results.ts';

/** From so many tasks on they are the columns: a table for each would be a book. */
const TASKS_AS_COLUMNS = 3;

/** Every recipe at every domain batching. */
export const columnsOf = ({ recipes, batchings }: Results): Omit<Place, 'method'>[] =>
  batchings.flatMap((batching) => recipes.map((recipe) => ({ recipe, batching })));

/** `wa+gn`, or with more than one domain batching `wa+gn, joint`. */
export const columnName = ({ batchings }: Results, { recipe, batching }: Omit<Place, 'method'>): string =>
  batchings.length === 1 ? recipe : `${recipe}, ${batching}`;

/** A number in a table, and what stands there without one. */
interface Quantity {
  readonly title: string;
  readonly note: string;
  readonly at: (task: string, place: Place) => string;
  /** Over all tasks. */
  readonly average: (place: Place) => string;
  readonly methods: readonly string[];
}

const points = (gain: Spread | null, expected: number): string =>
  gain === null ? '–' : formatChange(gain, expected);

function accuracy(results: Results, title: string, note: string, score: Score): Quantity {
  const expected = results.seeds.length;
  const text = (value: Spread | null, runs: Parameters<typeof withoutScore>[0]): string =>
    value === null ? (runs.length === 0 ? '–' : withoutScore(runs)) : formatSpread(value, expected);
  return {
    title,
    note,
    methods: results.methods,
    at: (task, place) => text(scoreAt(results, task, place, score), runsAt(results, task, place)),
    average: (place) => {
      const value = averageAt(results, place, score);
      return value === null ? '–' : formatSpread(value, expected);
    },
  };
}

function quantities(results: Results): Quantity[] {
  const expected = results.seeds.length;
  const seeds = describeSeeds(expected);
  const label = validatorLabel(results);
  const methods = results.methods.filter((method) => method !== SOURCE_ONLY);
  return [
    accuracy(
      results,
      'Target accuracy after the last step',
      `Percent, ${seeds}. No label of the target decides anything here.`,
      atLast,
    ),
    ...(methods.length < results.methods.length && methods.length > 0
      ? [
          {
            title: 'Gain over source-only',
            note: `Points after the last step, over source-only of the same recipe, domain batching and seed; ${seeds}.`,
            methods,
            at: (task: string, place: Place) => points(gainAt(results, task, place), expected),
            average: (place: Place) => points(averageGainAt(results, place), expected),
          },
        ]
      : []),
    accuracy(
      results,
      `Target accuracy at the step chosen by ${label}`,
      `Percent, ${seeds}. Chosen among the evaluations of each run without a label of the target.`,
      atChoice(results),
    ),
    accuracy(
      results,
      'Target accuracy at the best evaluation (oracle)',
      `Percent, ${seeds}. Found with the labels of the target, which nobody who adapts has: not a result, but what choosing well could give.`,
      atOracle,
    ),
  ];
}

/** Methods × recipes of one task. */
const taskTable = (results: Results, quantity: Quantity, task: string): ComparisonTable => ({
  title: `${quantity.title}, ${task}`,
  note: quantity.note,
  head: ['method', ...columnsOf(results).map((column) => columnName(results, column))],
  rows: quantity.methods.map((method) => [
    method,
    ...columnsOf(results).map((column) => quantity.at(task, { method, ...column })),
  ]),
});

/** Methods and recipes × tasks, with their average. */
const tasksTable = (results: Results, quantity: Quantity): ComparisonTable => ({
  title: quantity.title,
  note: `${quantity.note} The average is over all ${results.tasks.length} tasks, of seeds that have them all.`,
  head: ['method, recipe', ...results.tasks, 'average'],
  rows: quantity.methods.flatMap((method) =>
    columnsOf(results).map((column) => {
      const place = { method, ...column };
      return [
        `${method}, ${columnName(results, column)}`,
        ...results.tasks.map((task) => quantity.at(task, place)),
        quantity.average(place),
      ];
    }),
  ),
});

export function resultTables(results: Results): ComparisonTable[] {
  const isWide = results.tasks.length >= TASKS_AS_COLUMNS;
  return quantities(results).flatMap((quantity) =>
    isWide
      ? [tasksTable(results, quantity)]
      : results.tasks.map((task) => taskTable(results, quantity, task)),
  );
}

/** Who is best on each task, and who does not beat source-only: that is no result, but a question. */
export function verdict(results: Results): string {
  const sentences = results.tasks.flatMap((task) => {
    const places = results.methods.flatMap((method) =>
      columnsOf(results).map((column) => ({ method, ...column })),
    );
    const scored = places.flatMap((place) => {
      const last = scoreAt(results, task, place, atLast);
      return last === null ? [] : [{ place, last, gain: gainAt(results, task, place) }];
    });
    const [best] = [...scored].sort((a, b) => b.last.mean - a.last.mean);
    if (best === undefined) return [];
    const name = ({ method, ...column }: Place): string => `${method} with ${columnName(results, column)}`;
    const seeds = best.last.sd === null ? 'one seed' : `n = ${best.last.n}`;
    const sd = best.last.sd === null ? '' : ` ± ${(100 * best.last.sd).toFixed(1)}`;
    const below = scored.filter(({ gain }) => gain !== null && gain.mean <= 0);
    return [
      `On ${task} ${name(best.place)} has the highest accuracy after the last step: ${percent(best.last.mean).replace(' %', '')}${sd} % (${seeds}).`,
      ...(below.length === 0
        ? []
        : [
            `Not above source-only of the same recipe on ${task}: ${below.map(({ place }) => name(place)).join('; ')}.`,
          ]),
    ];
  });
  return sentences.length === 0 ? 'No run is finished yet.' : sentences.join(' ');
}
