/** Inference of a network as it was trained, and folded. */
import { CASE_COLUMNS, caseCells, casesOf, compete, onNode, onTorch, type Bench } from '../contestants.ts';
import { milliseconds, ratio } from '../table.ts';
import { median } from '../take-turns.ts';

const RECIPES = ['bn', 'wa+gn'] as const;
const TORCH = 'PyTorch, bn';

export async function inference(bench: Bench): Promise<void> {
  const { options, document } = bench;
  const hasTorch = bench.hasTorch && options.peers.includes('torch');
  const names = RECIPES.flatMap((recipe) => [`${recipe} as trained`, `${recipe} folded`]);
  const add = document.table(
    'Inference',
    'Milliseconds of a forward pass of DeepLabv3 to logits of the images’ size, operation by operation. Folded: weight normalizers ' +
      'are computed, batch norms are in the kernels before them; group norms remain.',
    [
      ...CASE_COLUMNS,
      ...names,
      ...(hasTorch ? [TORCH] : []),
      ...RECIPES.map((recipe) => `${recipe}: folded ÷ as trained`),
      ...(hasTorch ? ['bn folded ÷ PyTorch'] : []),
    ],
  );
  for (const of of casesOf(bench, { task: 'inference', network: 'deeplab', recipe: 'bn' })) {
    const results = await compete(bench, [
      ...RECIPES.flatMap((recipe) => [
        onNode(`${recipe} as trained`, { ...of, recipe }, 'eager'),
        onNode(`${recipe} folded`, { ...of, recipe }, 'folded'),
      ]),
      ...(hasTorch ? [onTorch(TORCH, of, 'eager', options)] : []),
    ]);
    const time = (name: string): number => median(results.get(name)?.milliseconds ?? []);
    await add([
      ...caseCells(of),
      ...[...names, ...(hasTorch ? [TORCH] : [])].map((name) => milliseconds(time(name))),
      ...RECIPES.map((recipe) => ratio(time(`${recipe} folded`), time(`${recipe} as trained`))),
      ...(hasTorch ? [ratio(time('bn folded'), time(TORCH))] : []),
    ]);
  }
}
