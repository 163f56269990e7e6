import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countClassPixels, type ClassPixels, type ClassPixelsOptions } from './class-pixels.ts';
import { maskOf, temporaryFolder, tinyVoc, type TinyVoc } from './tiny-voc.test.fixture.ts';
import { openVoc } from './voc.ts';
import { writeIndexMask } from '../images/write-image.ts';

/** The counts of the split train, and how many masks were read for them. */
async function count(
  { root }: TinyVoc,
  options: ClassPixelsOptions = {},
): Promise<{ counts: ClassPixels; read: number }> {
  let read = 0;
  const dataset = await openVoc({ root, split: 'train' });
  const counts = await countClassPixels(dataset, { ...options, onMask: () => void read++ });
  return { counts, read };
}

// Masks a…d are (40 + 4i)×(30 + 3i): 5 void columns, then 10 rows of background over class i + 1.
const sides = [0, 1, 2, 3].map((i) => ({ width: 35 + 4 * i, height: 30 + 3 * i }));
const valid = sides.map(({ width, height }) => width * height);

describe('countClassPixels', () => {
  it('counts every class, and the valid pixels of the images that hold it', async () => {
    const { counts, read } = await count(await tinyVoc());
    const background = sides.reduce((sum, { width }) => sum + 10 * width, 0);
    const others = sides.map(({ width, height }) => width * (height - 10));
    const rest = Array<number>(16).fill(0);
    expect(counts.pixels).toEqual([background, ...others, ...rest]);
    expect(counts.imagePixels).toEqual([valid.reduce((a, b) => a + b, 0), ...valid, ...rest]);
    expect([counts.images, read]).toEqual([4, 4]);
  });

  it('counts the first so many', async () => {
    const { counts } = await count(await tinyVoc(), { limit: 1 });
    expect(counts.imagePixels.slice(0, 3)).toEqual([valid[0], valid[0], 0]);
    expect(counts.images).toBe(1);
  });

  it('reads masks once, and again when a mask, the list or the limit has changed', async () => {
    const voc = await tinyVoc();
    const cache = join(await temporaryFolder(), 'counts');
    const first = await count(voc, { cache });
    expect(await count(voc, { cache })).toEqual({ counts: first.counts, read: 0 });
    expect((await count(voc, { cache, limit: 3 })).read).toBe(3);

    await writeIndexMask(
      voc.maskPath('b'),
      maskOf(44, 33, () => 7),
    );
    const changed = await count(voc, { cache });
    expect(changed.read).toBe(4);
    expect(changed.counts.pixels[7]).toBe(44 * 33);

    await writeFile(join(voc.root, 'ImageSets', 'Segmentation', 'train.txt'), 'a\nb\n');
    expect((await count(voc, { cache })).read).toBe(2);
  });

  it('counts again where the cache was damaged', async () => {
    const voc = await tinyVoc();
    const cache = await temporaryFolder();
    const { counts } = await count(voc, { cache });
    const [name = ''] = await readdir(cache);
    for (const text of ['{"pix', '{}', JSON.stringify({ ...counts, pixels: [1] })]) {
      await writeFile(join(cache, name), text);
      expect(await count(voc, { cache })).toEqual({ counts, read: 4 });
    }
  });

  it('stops when asked to, and names a mask that cannot be read', async () => {
    const voc = await tinyVoc();
    const dataset = await openVoc({ root: voc.root, split: 'train' });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(countClassPixels(dataset, { signal })).rejects.toThrow('enough');
    await rm(voc.maskPath('c'));
    await expect(countClassPixels(dataset)).rejects.toThrow(/Mask .*c\.png does not exist/);
  });
});
