import { describe, expect, it } from 'vitest';
import { memorySet, tinySet } from '../datasets/tiny-images.test.fixture.ts';
import type { ImageSet } from '../datasets/image-set.ts';
import { evaluationImages, type EvaluationImagesOptions } from './evaluation-images.ts';
import type { ImageBatch } from './image-loader.ts';
import type { ImageTransform } from './image-transform.ts';

const transform: ImageTransform = {
  resize: { kind: 'squash', size: 20 },
  crop: { kind: 'centre', size: 16 },
  flip: 0,
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  channels: 3,
};

async function all(set: ImageSet, options: Partial<EvaluationImagesOptions> = {}): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for await (const batch of evaluationImages(set, { transform, batchSize: 3, ...options }))
    batches.push(batch);
  return batches;
}

describe('evaluationImages', () => {
  it('shows each image once and in order, the last batch short, alike from threads', async () => {
    const set = await tinySet();
    const batches = await all(set);
    expect(batches.map(({ shape }) => shape[0])).toEqual([3, 3, 1]);
    expect(batches.flatMap(({ ids }) => ids)).toEqual(set.ids);
    expect(batches.flatMap(({ indices }) => [...indices])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await all(set, { workers: 2 })).toEqual(batches);
  });

  it('gives the same pixels whatever the batch size', async () => {
    const set = await tinySet();
    const pixels = async (batchSize: number) =>
      (await all(set, { batchSize })).flatMap(({ images }) => [...images]);
    expect(await pixels(1)).toEqual(await pixels(7));
  });

  it('spreads a limit over the set', async () => {
    const batches = await all(memorySet(9), { limit: 3 });
    expect(batches.flatMap(({ ids }) => ids)).toEqual(['n0', 'n3', 'n6']);
  });

  it('stops with the reason of its signal', async () => {
    const controller = new AbortController();
    const batches = evaluationImages(memorySet(9), { transform, batchSize: 2, signal: controller.signal });
    await batches.next();
    controller.abort(new Error('enough'));
    await expect(batches.next()).rejects.toThrow('enough');
  });

  it('refuses chance', async () => {
    const set = memorySet(4);
    await expect(
      all(set, { transform: { ...transform, crop: { kind: 'random', size: 8 } } }),
    ).rejects.toThrow(
      'An evaluation of numbers was asked for with a crop "random" and mirroring with probability 0: take a centre crop',
    );
    await expect(all(set, { transform: { ...transform, flip: 0.5 } })).rejects.toThrow('probability 0.5');
    await expect(
      all(set, { transform: { ...transform, randAugment: { operations: 2, magnitude: 9 } } }),
    ).rejects.toThrow('flip 0, and neither randAugment nor erase, so that every pass gives the same.');
    await expect(all(set, { batchSize: 0 })).rejects.toThrow('batchSize is 0');
  });
});
