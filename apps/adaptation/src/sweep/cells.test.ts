import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { sweepCells, type Cell, type SweepGrid } from './cells.ts';
import { METHODS, methodAssignment, USUAL_METHODS } from '../config/method-variants.ts';

const GRID: SweepGrid = {
  tasks: [[]],
  methods: ['source-only', 'dann'],
  recipes: ['bn', 'wa+gn'],
  batchings: ['joint'],
  seeds: [3, 1],
};
const cellsOf = (over: Partial<SweepGrid> = {}, ...set: string[]): Promise<Cell[]> =>
  sweepCells({ preset: 'digits', set }, { ...GRID, ...over });

describe('the runs of a sweep', () => {
  it('are everything with the first seed, and then with the next', async () => {
    const cells = await cellsOf();
    expect(cells.map(({ id }) => id)).toEqual([
      'mnist-usps-source-only-bn-joint-s3',
      'mnist-usps-dann-bn-joint-s3',
      'mnist-usps-source-only-wa+gn-joint-s3',
      'mnist-usps-dann-wa+gn-joint-s3',
      'mnist-usps-source-only-bn-joint-s1',
      'mnist-usps-dann-bn-joint-s1',
      'mnist-usps-source-only-wa+gn-joint-s1',
      'mnist-usps-dann-wa+gn-joint-s1',
    ]);
    expect(cells[7]?.config).toMatchObject({
      seed: 1,
      method: { name: 'dann', hidden: 128 },
      model: { recipe: 'wa+gn' },
    });
  });

  it('cross tasks and domain batchings', async () => {
    const tasks = [['task={"name":"digits","source":"usps","target":"mnist"}'], []];
    const cells = await cellsOf({ tasks, batchings: ['split', 'separate'], recipes: ['gn'], seeds: [0] });
    expect(cells.map(({ task, batching, method }) => `${task} ${batching} ${method}`)).toEqual([
      'usps→mnist split source-only',
      'usps→mnist split dann',
      'usps→mnist separate source-only',
      'usps→mnist separate dann',
      'mnist→usps split source-only',
      'mnist→usps split dann',
      'mnist→usps separate source-only',
      'mnist→usps separate dann',
    ]);
    expect(cells.map(({ config }) => [config.task.source, config.train.domainBatching])[2]).toEqual([
      'usps',
      'separate',
    ]);
  });

  it('give an option of a method to those that have it', async () => {
    const grid = { methods: ['dann', 'cdan+e', 'mcc', 'mdd'], recipes: ['gn'], seeds: [0] };
    const cells = await cellsOf(grid, 'method.reversalSteps=77', 'train.steps=9');
    expect(cells.map(({ config: { method } }) => method)).toMatchObject([
      // The width of the preset's discriminator holds for that of cdan as well.
      { name: 'dann', hidden: 128, reversalSteps: 77 },
      { name: 'cdan', entropyConditioning: true, hidden: 128, reversalSteps: 77 },
      { name: 'mcc', temperature: 2.5 },
      { name: 'mdd', width: 1024, reversalSteps: 77 },
    ]);
    expect(cells.every(({ config }) => config.train.steps === 9)).toBe(true);
  });

  it('never put both domains into one batch of domain-specific batch norm', async () => {
    const cells = await cellsOf({
      methods: ['dsbn', 'dann'],
      batchings: ['joint'],
      seeds: [0],
      recipes: ['bn'],
    });
    expect(
      cells.map(({ method, batching, config }) => [method, batching, config.train.domainBatching]),
    ).toEqual([
      ['dsbn', 'joint', 'split'],
      ['dann', 'joint', 'joint'],
    ]);
  });

  it('exist for every method there is', async () => {
    const cells = await cellsOf({ methods: METHODS, recipes: ['bn'], seeds: [0] });
    expect(cells).toHaveLength(METHODS.length);
    expect(METHODS).toEqual(expect.arrayContaining([...USUAL_METHODS]));
  });
});

it('does not give the weight of one loss to another', async () => {
  const { method } = await loadConfig({ set: ['method.name=dann', 'method.weight=7'] });
  expect(methodAssignment('coral', method)).toBe('method={"name":"coral"}');
  expect(methodAssignment('dann', method)).toBe('method={"weight":7,"name":"dann"}');
});

describe('a sweep that cannot be made is refused with one sentence', () => {
  it.each<[string, Partial<SweepGrid>, string[], RegExp]>([
    [
      'a seed in --set',
      {},
      ['seed=1'],
      /^The assignment seed=1 has no effect on a sweep: --seeds says it; leave it out\.$/,
    ],
    [
      'a recipe in --set',
      {},
      ['model.recipe=gn'],
      /^The assignment model\.recipe=gn has .* --recipes says it/,
    ],
    [
      'an option that no method has',
      {},
      ['method.temperature=2'],
      /^The assignment method\.temperature=2 has no effect: none of the methods source-only, dann has it; leave it out\.$/,
    ],
    [
      'a method that does not exist',
      { methods: ['dan2'] },
      [],
      /^There is no method "dan2": use source-only, dann, /,
    ],
    [
      'a recipe twice',
      { recipes: ['bn', 'bn'] },
      [],
      /^The sweep has two runs named mnist-usps-source-only-bn-joint-s3: name every task, method, .* once\.$/,
    ],
    ['an option that does not exist', {}, ['train.stepz=1'], /--set train\.stepz=1.* is not valid/],
  ])('%s', async (_, grid, set, message) => {
    await expect(cellsOf(grid, ...set)).rejects.toThrow(message);
  });
});
