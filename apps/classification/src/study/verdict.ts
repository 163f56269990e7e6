/**
 * The result of a study in words: which recipe varies least between batches, or is the best at the only one, and what small ones
 * cost batch normalization.
 */
import { describeRunStates, formatChange } from '@plumbline/training';
import { atBatch, type StudyProtocol } from './protocols.ts';
import { batchFreeRecipes, errorAt, lossAt, runsAt, type Results } from './results.ts';
import { digitsOfErrors } from './tables.ts';

/** Between the batches with the largest and the smallest mean error; null where a batch has none. */
function rangeOf(results: Results, protocol: StudyProtocol, recipe: string): number | null {
  const means = results.batches.map((batch) => errorAt(results, { recipe, protocol, batch })?.mean);
  const known = means.filter((mean) => mean !== undefined);
  return known.length < means.length ? null : Math.max(...known) - Math.min(...known);
}

const hasFailed = (results: Results, protocol: StudyProtocol, recipe: string): boolean =>
  results.batches.some((batch) =>
    runsAt(results, { recipe, protocol, batch }).some(({ reason }) => reason !== null),
  );

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The recipes with the lowest and the highest error at the only batch. */
function extremes(results: Results, protocol: StudyProtocol): string[] {
  const [batch = 1] = results.batches;
  const measured = results.recipes.flatMap((recipe) => {
    const error = errorAt(results, { recipe, protocol, batch });
    return error === null ? [] : [{ recipe, mean: error.mean }];
  });
  const sorted = measured.sort((a, b) => a.mean - b.mean);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (lowest === undefined || highest === undefined || lowest === highest) return [];
  const show = (share: number): string => `${(100 * share).toFixed(digitsOfErrors(results))} %`;
  return [
    `${lowest.recipe} has the lowest error, ${show(lowest.mean)}, and ${highest.recipe} the highest, ${show(highest.mean)}.`,
  ];
}

function leastVarying(results: Results, protocol: StudyProtocol): string[] {
  const { recipes } = results;
  const free = protocol === 'normalization' ? batchFreeRecipes(results) : [];
  const measured = recipes.flatMap((recipe) => {
    const range =
      free.includes(recipe) || hasFailed(results, protocol, recipe)
        ? null
        : rangeOf(results, protocol, recipe);
    return range === null ? [] : [{ recipe, range }];
  });
  const [least] = [...measured].sort((a, b) => a.range - b.range);
  if (least === undefined) return [];
  const digits = digitsOfErrors(results);
  const range = `${(100 * least.range).toFixed(digits)} points between its best and its worst batch`;
  return [
    free.length === 0
      ? `${least.recipe} varies least: ${range}.`
      : `Of the recipes that see the batch ${least.recipe} varies least: ${range}; ${free.join(', ')} cannot vary.`,
  ];
}

function lossOfBatchNorm(results: Results, protocol: StudyProtocol): string[] {
  const { batches, recipes, seeds } = results;
  const recipe = 'bn';
  if (!recipes.includes(recipe)) return [];
  const [least, most] = [Math.min(...batches), Math.max(...batches)];
  const atLeast = { recipe, protocol, batch: least };
  const loss = lossAt(results, { recipe, protocol });
  const way = `from ${most} to ${least}`;
  if (loss !== null) {
    const change = formatChange(loss, seeds.length, digitsOfErrors(results));
    return [`The error of bn changes by ${change} points ${way}.`];
  }
  const failed = runsAt(results, atLeast).find(({ reason }) => reason !== null);
  return failed === undefined ? [] : [`bn has no result with ${atBatch(protocol, least)}: ${failed.state}.`];
}

function failures(results: Results, protocol: StudyProtocol): string[] {
  const failed = results.recipes.filter((recipe) => hasFailed(results, protocol, recipe));
  return failed.length === 0 ? [] : [`Runs without a result: ${failed.join(', ')}.`];
}

const names: Readonly<Record<StudyProtocol, string>> = {
  optimizer: 'small optimizer batches',
  normalization: 'small normalization batches',
};

/** Empty for a protocol without results. */
function protocolVerdict(results: Results, protocol: StudyProtocol): string[] {
  const sentences = [
    ...(results.batches.length === 1 ? extremes(results, protocol) : leastVarying(results, protocol)),
    ...lossOfBatchNorm(results, protocol),
    ...failures(results, protocol),
  ];
  return sentences.length === 0 ? [] : [`${capital(names[protocol])}: ${sentences.join(' ')}`];
}

/** With `3 of 24 runs finished.` at its end. */
export function verdict(results: Results): string {
  const sentences = results.protocols.flatMap((protocol) => protocolVerdict(results, protocol));
  const states = `${describeRunStates(results.runs)}.`;
  return sentences.length === 0
    ? `There is nothing to compare yet. ${states}`
    : `${sentences.join(' ')} ${states}`;
}
