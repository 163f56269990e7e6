/** Beside TensorFlow.js as it comes: its layers, loss and optimizer, on the backend that ours use. */
import { CASE_COLUMNS, caseCells, casesOf, compete, onNode, type Bench } from '../contestants.ts';
import type { Case } from '../protocol.ts';
import { gigabytes, milliseconds, ratio } from '../table.ts';
import { median } from '../take-turns.ts';
import { requireSameParameters } from './training.ts';

const STOCK = 'stock TensorFlow.js';

/** The smallest case of DeepLab, for what it says; `compete` remarks it. */
async function tryDeepLab(bench: Bench, of: Case | undefined): Promise<void> {
  if (of === undefined) return;
  const once = { ...bench, options: { ...bench.options, steps: 1, warmUp: 1 } };
  await compete(once, [onNode(STOCK, { ...of, network: 'deeplab' }, 'stock')]);
}

export async function stock(bench: Bench): Promise<void> {
  const cases = casesOf(bench, { task: 'training', network: 'fcn', recipe: 'bn' });
  await tryDeepLab(bench, cases[0]);
  const names = [STOCK, 'eager', 'captured'] as const;
  const add = bench.document.table(
    'Beside stock TensorFlow.js',
    'Milliseconds of a training step of ResNet-50 at output stride 32 with a 1×1 classifier, batch norm: stock TensorFlow.js cannot ' +
      'differentiate the dilated convolutions of DeepLab. Its SGD has no weight decay. Gigabytes at most.',
    [...CASE_COLUMNS, ...names, 'eager ÷ stock', 'captured ÷ stock', ...names.map((name) => `${name} GB`)],
  );
  for (const of of cases) {
    const results = await compete(bench, [
      onNode(STOCK, of, 'stock'),
      onNode('eager', of, 'eager'),
      onNode('captured', of, 'captured'),
    ]);
    requireSameParameters(results.values());
    const times = names.map((name) => median(results.get(name)?.milliseconds ?? []));
    const [base = NaN, ...ours] = times;
    await add([
      ...caseCells(of),
      ...times.map(milliseconds),
      ...ours.map((time) => ratio(time, base)),
      ...names.map((name) => gigabytes(results.get(name)?.peakBytes ?? NaN)),
    ]);
  }
}
