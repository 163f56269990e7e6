import { readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataError } from '../data-error.ts';
import { SegmentationLoader, type LoaderOptions, type TrainBatch } from './loader.ts';
import { tinyVoc, type TinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { openVoc } from '../datasets/voc.ts';

async function loader(options: Partial<LoaderOptions> = {}, voc?: TinyVoc): Promise<SegmentationLoader> {
  const { root } = voc ?? (await tinyVoc());
  const dataset = await openVoc({ root, split: 'trainaug' });
  const made = new SegmentationLoader({
    dataset,
    augment: { baseSize: 40, cropSize: 33 },
    batchSize: 2,
    seed: 5,
    workers: 0,
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

async function take(from: SegmentationLoader, count: number, step = 0): Promise<TrainBatch[]> {
  const batches: TrainBatch[] = [];
  for await (const batch of from.batches(step)) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

describe('SegmentationLoader', () => {
  it('yields batches of the promised shape', async () => {
    const [batch] = await take(await loader(), 1);
    expect(batch).toMatchObject({ shape: [2, 33, 33], epoch: 0, step: 0 });
    expect(batch?.images).toHaveLength(2 * 33 * 33 * 3);
    expect(batch?.labels).toBeInstanceOf(Int32Array);
    expect(batch?.labels).toHaveLength(2 * 33 * 33);
    // Where the labels are padding, the picture is the mean colour, which is 0.
    const padding = [...(batch?.labels ?? [])].flatMap((label, i) => (label === 255 ? [i] : []));
    expect(padding.some((i) => batch?.images[3 * i] === 0)).toBe(true);
  });

  it('is the same for 0, 1 and 3 threads', async () => {
    const voc = await tinyVoc();
    const inProcess = await take(await loader({ workers: 0 }, voc), 7);
    for (const workers of [1, 3]) expect(await take(await loader({ workers }, voc), 7)).toEqual(inProcess);
  });

  it('is the same with a cache, in process and in threads', async () => {
    const voc = await tinyVoc();
    const uncached = await take(await loader({}, voc), 9);
    for (const workers of [0, 2]) {
      expect(await take(await loader({ workers, cacheMegabytes: 1 }, voc), 9)).toEqual(uncached);
    }
  });

  it('decodes each picture once with a cache, and again without', async () => {
    const voc = await tinyVoc();
    for (const cacheMegabytes of [0, 1]) {
      const made = await loader({ batchSize: 1, prefetch: 1, cacheMegabytes }, voc);
      const batches = made.batches();
      for (let step = 0; step < made.stepsPerEpoch; step++) await batches.next();
      const bytes = await readFile(voc.imagePath('b'));
      await truncate(voc.imagePath('b'), 300);
      const epochs = (async () => {
        for (let step = 0; step < 2 * made.stepsPerEpoch; step++) await batches.next();
      })();
      await (cacheMegabytes === 0
        ? expect(epochs).rejects.toThrow('b.jpg')
        : expect(epochs).resolves.toBeUndefined());
      await writeFile(voc.imagePath('b'), bytes);
    }
  });

  it('keeps the crops when colours are distorted, and is the same for any number of threads', async () => {
    const voc = await tinyVoc();
    const plain = await take(await loader({}, voc), 4);
    const augment = { baseSize: 40, cropSize: 33, photometric: {} };
    const distorted = await take(await loader({ augment }, voc), 4);
    expect(distorted.map(({ labels }) => labels)).toEqual(plain.map(({ labels }) => labels));
    expect(distorted.map(({ images }) => images)).not.toEqual(plain.map(({ images }) => images));
    expect(await take(await loader({ augment, workers: 2, cacheMegabytes: 1 }, voc), 4)).toEqual(distorted);
    const capped = { ...augment, scale: [2, 2] as const, maxClassShare: 0.5 };
    const inProcess = await take(await loader({ augment: capped }, voc), 6);
    expect(await take(await loader({ augment: capped, workers: 2 }, voc), 2, 4)).toEqual(inProcess.slice(4));
  });

  it('starts at any step as if it had run up to it', async () => {
    const voc = await tinyVoc();
    const whole = await take(await loader({}, voc), 9);
    expect(await take(await loader({}, voc), 4, 5)).toEqual(whole.slice(5));
  });

  it('shows every picture at most once an epoch, drops the incomplete batch, and shuffles anew each epoch', async () => {
    const made = await loader();
    expect(made.stepsPerEpoch).toBe(2);
    const batches = await take(made, 40);
    const orders = Array.from({ length: 20 }, (_, epoch) => batches.slice(2 * epoch, 2 * epoch + 2));
    for (const [epoch, order] of orders.entries()) {
      expect(order.map((batch) => batch.epoch)).toEqual([epoch, epoch]);
      expect(new Set(order.flatMap((batch) => batch.ids)).size).toBe(4);
    }
    expect(new Set(orders.map((order) => order.flatMap((batch) => batch.ids).join(''))).size).toBeGreaterThan(
      10,
    );
    expect(new Set(batches.flatMap((batch) => batch.ids)).size).toBe(5);
  });

  it('fills every batch, with different pictures in an epoch and all of them in time', async () => {
    const voc = await tinyVoc();
    for (const limit of [1, 2, 3, 4, 5]) {
      for (const batchSize of [1, 2, 3].filter((size) => size <= limit)) {
        const made = await loader({ limit, batchSize }, voc);
        const { stepsPerEpoch } = made;
        const epochs = 6;
        const batches = await take(made, epochs * stepsPerEpoch);
        const what = `${limit} pictures in batches of ${batchSize}`;
        expect(stepsPerEpoch, what).toBe(Math.floor(limit / batchSize));
        for (const { shape, ids, images, labels } of batches) {
          expect(shape, what).toEqual([batchSize, 33, 33]);
          expect(ids, what).toHaveLength(batchSize);
          expect([images.length, labels.length], what).toEqual([
            batchSize * 33 * 33 * 3,
            batchSize * 33 * 33,
          ]);
        }
        for (let epoch = 0; epoch < epochs; epoch++) {
          const ids = batches.filter((batch) => batch.epoch === epoch).flatMap((batch) => batch.ids);
          // All of them, where the batches come out even.
          expect(new Set(ids).size, what).toBe(stepsPerEpoch * batchSize);
        }
        expect(new Set(batches.flatMap(({ ids }) => ids)).size, what).toBe(limit);
      }
    }
  });

  it('depends on the seed, and augments a picture differently each epoch', async () => {
    const voc = await tinyVoc();
    const [a] = await take(await loader({}, voc), 1);
    const [b] = await take(await loader({ seed: 6 }, voc), 1);
    expect(a?.images).not.toEqual(b?.images);
    const repeated = await take(await loader({ limit: 1, batchSize: 1 }, voc), 2);
    expect(repeated.map((batch) => batch.ids)).toEqual([['a'], ['a']]);
    expect(repeated[0]?.images).not.toEqual(repeated[1]?.images);
  });

  it('uses only the first pictures with limit', async () => {
    const batches = await take(await loader({ limit: 2 }), 6);
    expect(new Set(batches.flatMap((batch) => batch.ids))).toEqual(new Set(['a', 'b']));
  });

  it('gives the same sentence for a bad file from a thread as in process', async () => {
    const voc = await tinyVoc();
    await truncate(voc.imagePath('c'), 300);
    await writeFile(voc.maskPath('b'), 'no png');
    const messages: string[] = [];
    for (const workers of [0, 2]) {
      const made = await loader({ workers, batchSize: 5 }, voc);
      const error: unknown = await take(made, 1).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DataError);
      messages.push((error as DataError).message);
    }
    expect(messages[0]).toMatch(/JPEGImages\/c\.jpg|SegmentationClass\/b\.png/);
    expect(messages[1]).toBe(messages[0]);
  });

  it('reports a bad file at its own step, after the good batches before it', async () => {
    const voc = await tinyVoc();
    await truncate(voc.imagePath('c'), 300);
    const made = await loader({ workers: 1, batchSize: 1, prefetch: 8 }, voc);
    const ids: string[] = [];
    const error: unknown = await (async () => {
      for await (const batch of made.batches()) ids.push(...batch.ids);
    })().catch((e: unknown) => e);
    expect((error as DataError).message).toContain('c.jpg');
    expect(ids).not.toContain('c');
  });

  it('ends its threads and its batches when closed, also with work in hand', async () => {
    const made = await loader({ workers: 2, prefetch: 6 });
    const batches = made.batches();
    await batches.next();
    const waiting = batches.next();
    await made.close();
    expect((await waiting).done || (await batches.next()).done).toBe(true);
    await made.close();
    await expect(made.batches().next()).rejects.toThrow('The loader is closed.');
    expect(process.getActiveResourcesInfo()).not.toContain('Worker');
  });

  it('refuses impossible options by name', async () => {
    const voc = await tinyVoc();
    await expect(loader({ batchSize: 6 }, voc)).rejects.toThrow(
      'batchSize is 6, but the split "trainaug" offers only 5 images: lower batchSize or raise limit.',
    );
    await expect(loader({ limit: 1 }, voc)).rejects.toThrow('offers only 1 images');
    await expect(loader({ batchSize: 0 }, voc)).rejects.toThrow('batchSize is 0');
    await expect(loader({ workers: -1 }, voc)).rejects.toThrow('workers is -1');
    await expect(loader({ seed: 0.5 }, voc)).rejects.toThrow('seed is 0.5');
    await expect(take(await loader({}, voc), 1, -1)).rejects.toThrow('fromStep is -1');
  });
});
