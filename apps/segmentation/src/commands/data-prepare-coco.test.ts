import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { openSplit } from '../data/open-data.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';
import { prepareCoco } from './data-prepare-coco.ts';

let folder = '';
let out = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  out = join(folder, 'coco');
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await cp(join(SAMPLE, 'JPEGImages', 'sample_0000.jpg'), join(folder, 'images', 'one.jpg'));
  await writeFile(
    join(folder, 'instances.json'),
    JSON.stringify({
      categories: [
        { id: 4, name: 'thing' },
        { id: 5, name: 'other' },
      ],
      images: [{ id: 1, file_name: 'one.jpg', width: 180, height: 135 }],
      annotations: [
        { id: 1, image_id: 1, category_id: 4, area: 100, segmentation: [[5, 5, 15, 5, 15, 15, 5, 15]] },
      ],
    }),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const prepare = (change: Partial<Parameters<typeof prepareCoco>[0]> = {}): Promise<void> =>
  prepareCoco({
    annotations: join(folder, 'instances.json'),
    images: join(folder, 'images'),
    out,
    split: 'train',
    ...change,
  });

describe('data prepare coco', () => {
  it('writes what data.list takes', async () => {
    await prepare();
    await prepare({ split: 'val' });
    const config = await loadConfig({
      set: ['train=train.txt', 'val=val.txt', 'classes=classes.yaml'].map(
        (option) => `data.list.${option.replace('=', `=${out}/`)}`,
      ),
    });
    for (const split of ['train', 'val'] as const) {
      const dataset = await openSplit(config, split);
      expect(dataset.classes).toEqual(['background', 'thing', 'other']);
      const { mask } = await dataset.read(0);
      expect(mask.data.reduce((sum, label) => sum + Number(label === 1), 0)).toBe(100);
    }
  });

  it('leaves the classes alone that other masks were made for', async () => {
    await prepare();
    const before = await readFile(join(out, 'classes.yaml'), 'utf8');
    await expect(prepare({ split: 'val', categories: 'other,thing' })).rejects.toThrow(
      /coco\/classes\.yaml holds other classes than these masks have/,
    );
    expect(await readFile(join(out, 'classes.yaml'), 'utf8')).toBe(before);
    expect(await readdir(join(out, 'masks'))).toEqual(['train']);
  });

  it('refuses a split whose files would lie elsewhere, and images that are not there', async () => {
    await expect(prepare({ split: '../val' })).rejects.toThrow(
      'The split is called "../val", and only letters, digits, dashes and underscores are wanted.',
    );
    await expect(prepare({ images: folder })).rejects.toThrow(
      /^1 of the 1 images of .* are not in .*, the first is .*one\.jpg; check --images\.$/,
    );
    expect((await readdir(folder)).sort()).toEqual(['images', 'instances.json']);
  });
});
