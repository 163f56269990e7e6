import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ladderCells, type Cell } from './cells.ts';
import { readLadder } from './ladder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const BASE = ['train.steps=600', 'train.batchSize=2', 'optimizer.warmup=60', 'optimizer.learningRate=0.02'];
const EQUAL_STEPS = { images: null, scaleRate: false };

async function cellsOf(
  ladder: Parameters<typeof readLadder>[0],
  fairness = EQUAL_STEPS as Parameters<typeof ladderCells>[2],
  set: readonly string[] = BASE,
): Promise<Cell[]> {
  return ladderCells({ set }, await readLadder(ladder, false), fairness);
}

describe('the runs of a ladder', () => {
  it('are every recipe at every batch size with the first seed, and then with the next', async () => {
    const cells = await cellsOf({ recipes: ['bn', 'wa+gn'], batch: [1, 2], seeds: [3, 1] });
    expect(cells.map(({ id }) => id)).toEqual([
      'bn-b1-s3',
      'wa+gn-b1-s3',
      'bn-b2-s3',
      'wa+gn-b2-s3',
      'bn-b1-s1',
      'wa+gn-b1-s1',
      'bn-b2-s1',
      'wa+gn-b2-s1',
    ]);
    const { config } = cells[7] as Cell;
    expect(config).toMatchObject({
      seed: 1,
      model: { recipe: 'wa+gn' },
      train: { batchSize: 2, steps: 600 },
      optimizer: { learningRate: 0.02, warmup: 60 },
    });
  });

  it('are by default what small batches are about, with frozen batch norm where there are weights', async () => {
    const labels = async (hasWeights: boolean): Promise<string[]> =>
      (await readLadder({}, hasWeights)).entries.map(({ label }) => label);
    expect(await labels(false)).toEqual(['bn', 'gn', 'ws+gn', 'wa', 'wa+gn', 'pws', 'mabn', 'bkn']);
    expect(await labels(true)).toContain('bn, frozen');
    const { batch, seeds, entries } = await readLadder({}, true);
    expect([batch, seeds]).toEqual([
      [1, 2, 4],
      [0, 1, 2],
    ]);
    // The configuration knows what the entry sets.
    const weights = [...BASE, 'model.weights=some.safetensors'];
    const cells = await ladderCells({ set: weights }, { batch: [2], seeds: [0], entries }, EQUAL_STEPS);
    expect(cells.find(({ label }) => label === 'bn, frozen')?.config.model.freezeNorm).toBe('backbone');
  });

  it('see equally many images where that is asked for, and keep the shares of warm-up and evaluations', async () => {
    const set = [...BASE, 'train.evaluateEvery=300', 'train.checkpointEvery=100'];
    const cells = await cellsOf(
      { recipes: ['gn'], batch: [1, 4], seeds: [0] },
      { images: 1200, scaleRate: false },
      set,
    );
    expect(cells.map(({ config: { train, optimizer } }) => [train.steps, optimizer.warmup])).toEqual([
      [1200, 120],
      [300, 30],
    ]);
    expect(cells.map(({ config: { train } }) => [train.evaluateEvery, train.checkpointEvery])).toEqual([
      [600, 200],
      [150, 50],
    ]);
  });

  it('have a learning rate proportional to the batch where that is asked for', async () => {
    const cells = await cellsOf(
      { recipes: ['gn'], batch: [1, 2, 4], seeds: [0] },
      { images: null, scaleRate: true },
    );
    expect(cells.map(({ config }) => config.optimizer.learningRate)).toEqual([0.01, 0.02, 0.04]);
  });

  it('come from a file, with options of an entry, of a batch size, and batch sizes of their own', async () => {
    const ladder = await file(
      'ladder.yaml',
      `batch: [1, 2]
seeds: [5]
entries:
  - { label: plain bn, set: [model.recipe=bn] }
  - label: careful gn
    set: [model.recipe=gn, optimizer.learningRate=0.01]
    perBatch: { 1: [optimizer.learningRate=0.001] }
  - { label: large, set: [model.recipe=bn], batch: [8] }
`,
    );
    const cells = await cellsOf({ ladder });
    expect(cells.map(({ id, config }) => [id, config.optimizer.learningRate])).toEqual([
      ['plain-bn-b1-s5', 0.02],
      ['careful-gn-b1-s5', 0.001],
      ['plain-bn-b2-s5', 0.02],
      ['careful-gn-b2-s5', 0.01],
      ['large-b8-s5', 0.02],
    ]);
    expect((await cellsOf({ ladder, seeds: [1, 2], batch: [2] })).map(({ id }) => id)).toEqual([
      'plain-bn-b2-s1',
      'careful-gn-b2-s1',
      'large-b8-s1',
      'plain-bn-b2-s2',
      'careful-gn-b2-s2',
      'large-b8-s2',
    ]);
  });
});

describe('a ladder that cannot be made is refused with one sentence', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'no such ladder',
      () => cellsOf({ ladder: 'smallest-batch' }),
      /^There is no ladder "smallest-batch" and no such file \(ENOENT\): use small-batch, or the path of a YAML file\.$/,
    ],
    [
      'a file that is no YAML',
      async () => cellsOf({ ladder: await file('broken.yaml', 'entries: [') }),
      /^The ladder file .*broken\.yaml is not valid YAML: .*\.$/,
    ],
    [
      'an unknown key',
      async () => cellsOf({ ladder: await file('key.yaml', 'entries: [{ label: a, sett: [] }]') }),
      /^The ladder \(.*key\.yaml\) is not valid: entries\.0: .*"sett".*it is a list "entries" of/,
    ],
    [
      'an assignment without a value',
      async () => cellsOf({ ladder: await file('set.yaml', 'entries: [{ label: a, set: [seed] }]') }),
      /entries\.0\.set\.0: must be written as a\.b=value/,
    ],
    [
      'labels that would share folders',
      async () => cellsOf({ ladder: await file('labels.yaml', 'entries: [{ label: A b }, { label: a-B }]') }),
      /entries: must have different labels/,
    ],
    [
      'a seed twice',
      () => cellsOf({ recipes: ['bn'], seeds: [1, 1] }),
      /seeds: must not hold anything twice/,
    ],
    [
      'a seed in --set',
      () => cellsOf({ recipes: ['bn'] }, EQUAL_STEPS, ['seed=1']),
      /^The assignment seed=1 has no effect on a ladder: --seeds says it; leave it out\.$/,
    ],
    [
      'a recipe in --set',
      () => cellsOf({ recipes: ['bn'] }, EQUAL_STEPS, ['model.recipe=gn']),
      /^The assignment model\.recipe=gn has no effect/,
    ],
    [
      'an option that does not exist',
      () => cellsOf({ recipes: ['bn'] }, EQUAL_STEPS, ['train.stepz=1']),
      /^The configuration \(.*--set train\.stepz=1.*\) is not valid/,
    ],
  ])('%s', async (_, make, message) => {
    await expect(make()).rejects.toThrow(message);
  });
});
