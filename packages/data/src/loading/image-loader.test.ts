import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataError } from '../data-error.ts';
import { openImageFolder } from '../datasets/image-folder.ts';
import { memorySet, tinyFolder, tinySet } from '../datasets/tiny-images.test.fixture.ts';
import { picture } from '../datasets/tiny-voc.test.fixture.ts';
import { ImageLoader, type ImageBatch, type ImageLoaderOptions } from './image-loader.ts';
import type { ImageTransform } from './image-transform.ts';

const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
const transform: ImageTransform = {
  resize: { kind: 'squash', size: 24 },
  crop: { kind: 'random-resized', size: 16, scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  normalization: half,
  channels: 3,
};
/** Values come out as they are in memory. */
const plain: ImageTransform = {
  resize: null,
  crop: null,
  flip: 0,
  normalization: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
  channels: 1,
};

function loader(options: Pick<ImageLoaderOptions, 'images'> & Partial<ImageLoaderOptions>): ImageLoader {
  const made = new ImageLoader({ transform, batchSize: 2, seed: 5, workers: 0, ...options });
  onTestFinished(() => made.close());
  return made;
}

async function take(from: ImageLoader, count: number, step = 0): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for await (const batch of from.batches(step)) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

describe('ImageLoader', () => {
  it('yields normalized images with their places in the set, and no labels', async () => {
    const images = await tinySet();
    const [batch] = await take(loader({ images }), 1);
    expect(batch).toMatchObject({ shape: [2, 16, 16, 3], epoch: 0, step: 0 });
    expect(batch?.images).toHaveLength(2 * 16 * 16 * 3);
    expect(Math.max(...(batch?.images ?? [])) <= 1).toBe(true);
    expect(batch?.ids).toEqual([...(batch?.indices ?? [])].map((index) => images.ids[index]));
    expect(Object.keys(batch ?? {}).sort()).toEqual(['epoch', 'ids', 'images', 'indices', 'shape', 'step']);
  });

  it('is the same for any number of threads, and with a cache', async () => {
    const images = await tinySet();
    for (const channels of [3, 1] as const) {
      const common = { images, transform: { ...transform, channels } };
      const inProcess = await take(loader(common), 8);
      expect(await take(loader({ ...common, cacheMegabytes: 1 }), 8)).toEqual(inProcess);
      for (const workers of [1, 3]) {
        expect(await take(loader({ ...common, workers, cacheMegabytes: workers - 1 }), 8)).toEqual(inProcess);
      }
    }
  });

  it('is the same for any number of threads with padding, RandAugment and erasing', async () => {
    const images = await tinySet();
    const more: ImageTransform = {
      ...transform,
      crop: { kind: 'random', size: 24, padding: 4 },
      randAugment: { operations: 2, magnitude: 9 },
      erase: { probability: 0.5, scale: [0.02, 0.4], ratio: [0.3, 3], fill: 'noise' },
    };
    const inProcess = await take(loader({ images, transform: more }), 6);
    expect(await take(loader({ images, transform: more, workers: 2, cacheMegabytes: 1 }), 6)).toEqual(
      inProcess,
    );
    expect(await take(loader({ images, transform: more }), 2, 4)).toEqual(inProcess.slice(4));
  });

  it('crops and mirrors the same with and without RandAugment and erasing', async () => {
    // Of 0 to 254, so that no operation of magnitude 0 changes a value by more than 1.
    const pixel = (i: number): number => (i % 16 === 0 ? 0 : i % 16 === 15 ? 254 : (37 * i) % 251);
    const { pixels, ...set } = memorySet(6);
    if (pixels.kind !== 'memory') throw new Error('wrong kind');
    const images = {
      ...set,
      pixels: { ...pixels, data: Uint8Array.from({ length: 96 }, (_, i) => pixel(i)) },
    };
    const cropped: ImageTransform = { ...plain, crop: { kind: 'random', size: 4, padding: 1 }, flip: 0.5 };
    const before = await take(loader({ images, transform: cropped }), 12);
    const augmented = { ...cropped, randAugment: { operations: 3, magnitude: 0 } };
    const erase = { probability: 1, scale: [0.1, 0.3], ratio: [1, 1], fill: 'zero' } as const;
    const [tones, erased] = [
      await take(loader({ images, transform: augmented }), 12),
      await take(loader({ images, transform: { ...cropped, erase } }), 12),
    ];
    before.forEach((batch, step) => {
      const difference = batch.images.map((value, i) => Math.abs(value - (tones[step]?.images[i] ?? 999)));
      expect(Math.max(...difference)).toBeLessThan(1.01);
      const kept = batch.images.filter((value, i) => value === erased[step]?.images[i]).length;
      const zeros = erased[step]?.images.filter((value) => value === 0).length ?? 0;
      const changed = 32 - kept;
      expect([changed > 0 && changed <= 8, zeros >= changed]).toEqual([true, true]);
    });
  });

  it('starts at any step as if it had run up to it', async () => {
    const images = await tinySet();
    expect(await take(loader({ images }), 4, 5)).toEqual((await take(loader({ images }), 9)).slice(5));
  });

  it('decodes each image once with a cache', async () => {
    const root = await tinyFolder();
    const images = await openImageFolder(root);
    for (const cacheMegabytes of [1, 0]) {
      const made = loader({ images, batchSize: 7, prefetch: 1, cacheMegabytes }).batches();
      await made.next();
      await made.next();
      await truncate(join(root, 'mug', '5.png'), 50);
      const later = (async () => {
        for (let step = 0; step < 4; step++) await made.next();
      })();
      await (cacheMegabytes === 0
        ? expect(later).rejects.toThrow('5.png')
        : expect(later).resolves.toBeUndefined());
      if (cacheMegabytes > 0) await writeFile(join(root, 'mug', '5.png'), await pngOf(8, 8));
    }
  });

  it('shows every image once an epoch where batches come out even, in another order each time', async () => {
    const batches = await take(loader({ images: memorySet(6), transform: plain }), 12);
    const orders = [0, 1, 2, 3].map((epoch) =>
      batches.filter((batch) => batch.epoch === epoch).flatMap(({ indices }) => [...indices]),
    );
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(orders.map(String)).size).toBe(4);
    for (const { images, indices } of batches) expect(images[16]).toBeCloseTo(10 * (indices[1] as number), 4);
  });

  it('gives streams of different seeds different orders and crops', async () => {
    const images = await tinySet();
    const [a, b] = [await take(loader({ images, seed: 2 }), 9), await take(loader({ images, seed: 3 }), 9)];
    expect(a.map(({ indices }) => String(indices))).not.toEqual(b.map(({ indices }) => String(indices)));
    const single = { images, limit: 1, batchSize: 1 };
    const crops = [
      await take(loader({ ...single, seed: 2 }), 2),
      await take(loader({ ...single, seed: 3 }), 2),
    ];
    expect(new Set(crops.flat().map((batch) => String(batch.images))).size).toBe(4);
  });

  it('spreads a limit over the set', async () => {
    const batches = await take(loader({ images: memorySet(8), transform: plain, limit: 2 }), 6);
    expect(new Set(batches.flatMap(({ indices }) => [...indices]))).toEqual(new Set([0, 4]));
  });

  it('resizes images in memory, and gives grey three channels', async () => {
    const images = memorySet(3);
    const resized: ImageTransform = { ...plain, resize: { kind: 'squash', size: 8 }, channels: 3 };
    const [batch] = await take(loader({ images, transform: resized }), 1);
    expect(batch?.shape).toEqual([2, 8, 8, 3]);
    expect(new Set(batch?.images.subarray(0, 3)).size).toBe(1);
  });

  it('keeps the shape with short-side, and takes the middle', async () => {
    const images = await tinySet();
    const shortSide: ImageTransform = {
      ...transform,
      resize: { kind: 'short-side', size: 20 },
      crop: { kind: 'centre', size: 20 },
    };
    const [batch] = await take(loader({ images, transform: shortSide, batchSize: 7 }), 1);
    expect(batch?.shape).toEqual([7, 20, 20, 3]);
  });

  it('takes grey, CMYK, palette and transparent pictures', async () => {
    const root = await tinyFolder();
    const flat = sharp(picture(40, 40, () => [200, 100, 50]).data, {
      raw: { width: 40, height: 40, channels: 3 },
    });
    const files = {
      'grey.png': flat.clone().greyscale().png(),
      'cmyk.jpg': flat.clone().toColourspace('cmyk').jpeg(),
      'palette.png': flat.clone().png({ palette: true }),
      'clear.webp': flat.clone().ensureAlpha(0).webp({ lossless: true }),
    };
    for (const [name, encoded] of Object.entries(files)) {
      await writeFile(join(root, 'mug', name), await encoded.toBuffer());
    }
    const images = await openImageFolder(root);
    const [batch] = await take(loader({ images, batchSize: 11 }), 1);
    expect(batch?.images.every((value) => value >= -1 && value <= 1)).toBe(true);
    const clear = batch?.ids.indexOf('mug/clear.webp') ?? -1;
    expect(batch?.images[clear * 16 * 16 * 3]).toBeCloseTo(1, 5);
  });

  it('names a corrupt picture, and one too small, in the same sentence from a thread', async () => {
    const root = await tinyFolder();
    const images = await openImageFolder(root);
    await writeFile(join(root, 'mug', '5.png'), 'no picture');
    const messageOf = async (options: Partial<ImageLoaderOptions>): Promise<string> => {
      const error: unknown = await take(loader({ images, batchSize: 7, ...options }), 1).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(DataError);
      return (error as DataError).message;
    };
    for (const workers of [0, 1]) expect(await messageOf({ workers })).toMatch(/5\.png could not be decoded/);
    await writeFile(join(root, 'mug', '5.png'), await pngOf(8, 9));
    const cropped: ImageTransform = { ...transform, resize: null, crop: { kind: 'random', size: 16 } };
    expect(await messageOf({ transform: cropped })).toMatch(
      /5\.png is 8×9 pixels, smaller than a crop of 16: lower/,
    );
    const padded: ImageTransform = { ...cropped, crop: { kind: 'random', size: 16, padding: 3 } };
    expect(await messageOf({ transform: padded })).toMatch(
      /8×9 pixels with 3 more on every side, smaller than/,
    );
    const whole: ImageTransform = { ...transform, resize: null, crop: null };
    expect(await messageOf({ transform: whole })).toMatch(
      /in the same batch is .*: set transform\.resize to squash/,
    );
  });

  it('turns a picture as its camera was held', async () => {
    const root = await tinyFolder();
    const turned = await sharp(await pngOf(30, 20))
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    await writeFile(join(root, 'mug', '4.png'), turned);
    const images = await openImageFolder(root, { classes: ['mug', 'desk lamp'] });
    const whole: ImageTransform = { ...transform, resize: null, crop: null };
    const [batch] = await take(loader({ images, transform: whole, limit: 1, batchSize: 1 }), 1);
    expect(batch?.shape).toEqual([1, 30, 20, 3]);
  });

  it('ends its threads and its batches when closed', async () => {
    const made = loader({ images: await tinySet(), workers: 2 });
    const batches = made.batches();
    await batches.next();
    await made.close();
    expect((await batches.next()).done).toBe(true);
    await expect(made.batches().next()).rejects.toThrow('The loader is closed.');
  });

  it('refuses impossible options by name', () => {
    const images = memorySet(3);
    const refused = (options: Partial<ImageLoaderOptions>) => () =>
      loader({ images, transform: plain, ...options });
    expect(refused({ batchSize: 4 })).toThrow(
      'batchSize is 4, but numbers offers only 3 images: lower batchSize or raise limit.',
    );
    expect(refused({ limit: 0 })).toThrow('limit is 0');
    expect(refused({ seed: 0.5 })).toThrow('seed is 0.5');
    expect(refused({ transform: { ...plain, flip: 2 } })).toThrow('transform.flip is 2');
  });
});

const pngOf = (width: number, height: number): Promise<Uint8Array> =>
  sharp(picture(width, height, (x, y) => [x, y, 0]).data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
