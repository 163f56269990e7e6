/** What our normalizations cost a captured step, beside group normalization. */
import { CASE_COLUMNS, caseCells, casesOf, compete, onNode, type Bench } from '../contestants.ts';
import { gigabytes, milliseconds, ratio } from '../table.ts';
import { median } from '../take-turns.ts';

const BASE = 'gn';
const RECIPES = ['wa+gn', 'ws+gn'] as const;

export async function recipes(bench: Bench): Promise<void> {
  const ratios = RECIPES.map((recipe) => `${recipe} ÷ ${BASE}`);
  const add = bench.document.table(
    'What a recipe costs',
    'Milliseconds of a captured training step of the same network with other normalizations, and gigabytes at most.',
    [...CASE_COLUMNS, BASE, ...RECIPES, ...ratios, `${BASE} GB`, ...RECIPES.map((recipe) => `${recipe} GB`)],
  );
  for (const of of casesOf(bench, { task: 'training', network: 'deeplab', recipe: BASE })) {
    const names = [BASE, ...RECIPES];
    const results = await compete(
      bench,
      names.map((recipe) => onNode(recipe, { ...of, recipe }, 'captured')),
    );
    const times = names.map((recipe) => median(results.get(recipe)?.milliseconds ?? []));
    const [base = NaN, ...others] = times;
    await add([
      ...caseCells(of),
      ...times.map(milliseconds),
      ...others.map((time) => ratio(time, base)),
      ...names.map((recipe) => gigabytes(results.get(recipe)?.peakBytes ?? NaN)),
    ]);
  }
}
