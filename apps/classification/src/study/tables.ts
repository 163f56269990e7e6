/** The results of a study as tables: recipes below each other, batches side by side, one for each protocol. */
import {
  describeSeeds,
  formatChange,
  formatSpread,
  withoutScore,
  type ComparisonTable,
} from '@plumbline/training';
import { batchLabel, protocolTitle, type StudyProtocol } from './protocols.ts';
import { batchFreeRecipes, chanceError, errorAt, lossAt, runsAt, type Results } from './results.ts';

/** With so many test images, one more or less shows in the second digit. */
const MANY = 5000;

export const digitsOfErrors = ({ survey }: Pick<Results, 'survey'>): number => (survey.test >= MANY ? 2 : 1);

/** What stands below the title of a protocol's table and figure. */
export function describeTable(results: Results, protocol: StudyProtocol): string {
  const free = batchFreeRecipes(results);
  return [
    `Percent of the test images after the last step, ${describeSeeds(results.seeds.length)}; by ${batchLabel(protocol)}.`,
    ...(protocol === 'optimizer'
      ? ['The learning rate is proportional to the images of a step; every run sees all images as often.']
      : [
          `Every step takes the gradient of ${results.gradientBatch} images, which pass the network so many at a time.`,
          ...(free.length === 0
            ? []
            : [
                `The same run at every batch: ${free.join(', ')}, whose normalization does not see the batch.`,
              ]),
        ]),
  ].join(' ');
}

function protocolTable(results: Results, protocol: StudyProtocol): ComparisonTable {
  const { recipes, batches, seeds } = results;
  const digits = digitsOfErrors(results);
  const [least, most] = [Math.min(...batches), Math.max(...batches)];
  const free = protocol === 'normalization' ? batchFreeRecipes(results) : [];
  const changeOf = (recipe: string): string => {
    if (free.includes(recipe)) return 'same run';
    const change = lossAt(results, { recipe, protocol });
    return change === null ? '–' : formatChange(change, seeds.length, digits);
  };
  const isRange = least !== most;
  return {
    title: protocolTitle(protocol),
    note: describeTable(results, protocol),
    head: ['recipe', ...batches.map(String), ...(isRange ? [`from ${most} to ${least}`] : [])],
    rows: [
      ...recipes.map((recipe) => [
        recipe,
        ...batches.map((batch) => {
          const entry = { recipe, protocol, batch };
          const error = errorAt(results, entry);
          return error === null
            ? withoutScore(runsAt(results, entry))
            : formatSpread(error, seeds.length, digits);
        }),
        ...(isRange ? [changeOf(recipe)] : []),
      ]),
      [
        'chance',
        ...batches.map(() => (100 * chanceError(results)).toFixed(digits)),
        ...(isRange ? ['–'] : []),
      ],
    ],
  };
}

export const resultTables = (results: Results): ComparisonTable[] =>
  results.protocols.map((protocol) => protocolTable(results, protocol));
