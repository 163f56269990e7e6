/** Whether the loader keeps up: what it makes alone, and what a captured step takes. */
import { CASE_COLUMNS, caseCells, casesOf, compete, onNode, type Bench } from '../contestants.ts';
import { perSecond, ratio } from '../table.ts';
import { median } from '../take-turns.ts';

export async function loader(bench: Bench): Promise<void> {
  const { data } = bench.options;
  const add = bench.document.table(
    'The loader',
    'Images a second: made by the loader alone (its default threads; decoded, scaled by 0.5 to 2, cropped and flipped, nothing cached), and ' +
      'taken by a captured step, in turns.',
    [...CASE_COLUMNS, 'made', 'taken', 'made ÷ taken'],
  );
  for (const of of casesOf(bench, { task: 'training', network: 'deeplab', recipe: 'bn' })) {
    const results = await compete(bench, [
      onNode('captured', of, 'captured'),
      onNode('loader', of, 'loader', data),
    ]);
    const rate = (name: string): number => (1000 * of.batch) / median(results.get(name)?.milliseconds ?? []);
    const [made, taken] = [rate('loader'), rate('captured')];
    await add([...caseCells(of), perSecond(made), perSecond(taken), ratio(made, taken)]);
  }
}
