import { describe, expect, it } from 'vitest';
import { describeCell, studyCells, type StudyGrid } from './cells.ts';

const GRID: StudyGrid = {
  protocols: ['optimizer', 'normalization'],
  recipes: ['bn', 'wa'],
  batches: [1, 64],
  seeds: [3, 1],
};
const from = { preset: 'study-mnist' };

describe('the runs of a study', () => {
  it('are those of the first seed first, many images at a time before few, and each once', async () => {
    const cells = await studyCells(from, GRID);
    // By hand: bn has 64, 1 and 64 × 1; at 64 both protocols are the same run, and wa is the same however its 64 pass.
    expect(cells.map(({ id }) => id)).toEqual([
      'bn-1x64-s3',
      'wa-1x64-s3',
      'bn-1x1-s3',
      'bn-64x1-s3',
      'wa-1x1-s3',
      'bn-1x64-s1',
      'wa-1x64-s1',
      'bn-1x1-s1',
      'bn-64x1-s1',
      'wa-1x1-s1',
    ]);
    const placesOf = (name: string): string[] | undefined =>
      cells.find(({ id }) => id === name)?.places.map(({ protocol, batch }) => `${protocol} ${batch}`);
    expect(placesOf('bn-1x64-s3')).toEqual(['optimizer 64', 'normalization 64']);
    expect(placesOf('bn-64x1-s3')).toEqual(['normalization 1']);
    expect(placesOf('wa-1x64-s3')).toEqual(['optimizer 64', 'normalization 1', 'normalization 64']);
  });

  it('differ in recipe, passes and seed alone', async () => {
    const cells = await studyCells(from, GRID);
    for (const { config, recipe, batchSize, accumulate, seed } of cells) {
      expect(config.model.recipe).toBe(recipe);
      expect([config.train.batchSize, config.train.accumulate, config.seed]).toEqual([
        batchSize,
        accumulate,
        seed,
      ]);
      expect(config.optimizer.ratePerImages).toBe(128);
    }
    expect(cells.map(describeCell)).toContain('bn, 64 × 1 images per step, seed 3');
  });

  it('are not shared between normalization batches where mixup mixes inside a batch', async () => {
    const set = ['loss.mixup=0.2', 'data.trainLimit=64'];
    const grid: StudyGrid = { ...GRID, protocols: ['normalization'], batches: [2, 64], seeds: [0] };
    const ids = (await studyCells({ ...from, set }, grid)).map(({ id }) => id);
    expect(ids).toContain('wa-32x2-s0');
  });

  it('have a step of the base configuration’s images', async () => {
    const set = ['train.batchSize=4', 'train.accumulate=3'];
    const grid: StudyGrid = { ...GRID, protocols: ['normalization'], batches: [2, 12], seeds: [0] };
    const cells = await studyCells({ ...from, set }, grid);
    expect(cells.map(({ id }) => id)).toEqual(['bn-1x12-s0', 'wa-1x12-s0', 'bn-6x2-s0']);
  });
});

describe('what a study refuses', () => {
  it.each<[string, Partial<StudyGrid>, string[], RegExp]>([
    ['a batch that does not divide the step', { batches: [6] }, [], /^--batches has 6, and the 64 images/],
    ['a fixed learning rate', {}, ['optimizer.ratePerImages=null'], /^optimizer\.ratePerImages is null, /],
    ['what a flag says', {}, ['seed=4'], /^The assignment seed=4 has no effect on a study: --seeds says it/],
    [
      'a batch that nothing is done with',
      { protocols: ['optimizer'] },
      ['train.batchSize=8'],
      /train\.batchSize=8 has no effect on a study: --batches says it/,
    ],
    ['a recipe that there is not', { recipes: ['wb'] }, [], /^There is no normalization recipe "wb"/],
  ])('%s', async (_, grid, set, message) => {
    await expect(studyCells({ ...from, set }, { ...GRID, ...grid })).rejects.toThrow(message);
  });

  it('but neither the batch nor the rate where they do not matter', async () => {
    const odd: StudyGrid = { ...GRID, protocols: ['optimizer'], batches: [6] };
    expect(await studyCells(from, odd)).toHaveLength(4);
    const grid: StudyGrid = { ...GRID, protocols: ['normalization'] };
    expect(await studyCells({ ...from, set: ['optimizer.ratePerImages=null'] }, grid)).toHaveLength(6);
  });
});
