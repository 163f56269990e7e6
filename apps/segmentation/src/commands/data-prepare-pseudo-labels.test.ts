import { readIndexMask, writeRgb } from '@plumbline/data';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSplit } from '../data/open-data.ts';
import { loadConfig } from '../config/load-config.ts';
import { BACKGROUND, flag, FLAG_NETWORK, PLANE, TV } from '../testing/flag-network.ts';
import { writeTinyGraphModel } from '../testing/tiny-graph-model.ts';
import { preparePseudoLabels, type PseudoLabelArguments } from './data-prepare-pseudo-labels.ts';

let folder = '';
let photos = '';
let said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-pseudo-'));
  photos = join(folder, 'photos');
  await writeTinyGraphModel(join(folder, 'model'), FLAG_NETWORK);
  await writeRgb(join(photos, 'one.png'), flag(30, 12));
  await writeRgb(join(photos, 'more/a second.png'), flag(18, 24));
  said = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void said.push(text));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text).trim());
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const label = (paths: string[], more: Partial<PseudoLabelArguments> = {}): Promise<void> =>
  preparePseudoLabels(paths, {
    deeplabModel: join(folder, 'model'),
    checkpoint: 'last',
    split: 'train',
    out: join(folder, 'labels'),
    ...more,
  });
const listLines = async (): Promise<string[]> =>
  (await readFile(join(folder, 'labels/train.txt'), 'utf8')).trimEnd().split('\n');

describe('pseudo-labels', () => {
  it('are a list data set that training opens, with the teacher’s answers', async () => {
    await label([photos]);
    const list = join(folder, 'labels/train.txt');
    const config = await loadConfig({
      set: [
        `data.list.train=${list}`,
        `data.list.val=${list}`,
        `data.list.classes=${join(folder, 'labels/classes.yaml')}`,
      ],
    });
    const dataset = await openSplit(config, 'train');
    expect(dataset.name).toBe('pseudo-labels of PASCAL VOC 2012');
    expect(dataset.ids).toEqual(['a second', 'one']);
    const { image, mask } = await dataset.read(1);
    expect([mask.width, mask.height]).toEqual([image.width, image.height]);
    expect([5, 15, 25].map((x) => mask.data[6 * 30 + x])).toEqual([BACKGROUND, PLANE, TV]);
    expect(said).toContain(`2 masks by @tensorflow-models/deeplab, pascal, from ${join(folder, 'model')}.`);
  });

  it('make doubtful pixels void, and say how many', async () => {
    const data = Uint8Array.from({ length: 3 * 8 * 4 }, (_, i) =>
      i % 3 === 0 ? (i % 24 < 12 ? 101 : 200) : 0,
    );
    await writeRgb(join(folder, 'doubt/half.png'), { width: 8, height: 4, data });
    await label([join(folder, 'doubt')], { minConfidence: 0.9 });
    const mask = await readIndexMask(join(folder, 'labels/masks/train/half.png'));
    expect([...mask.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    // The fourth column's middle lies between the two reds.
    expect([...mask.data.subarray(3, 8)]).toEqual(Array(5).fill(PLANE));
    expect(said.join('\n')).toMatch(/^1 masks by .*; 37\.5 % of the pixels void\.$/m);
  });

  it('go on where they stopped, add images, and are never made twice', async () => {
    await label([join(photos, 'one.png')]);
    const first = await listLines();
    expect(first).toEqual(['../photos/one.png\tmasks/train/one.png']);
    await label([photos]);
    // As an interruption leaves it: a mask, and half of its line.
    const list = join(folder, 'labels/train.txt');
    await truncate(list, (await readFile(list)).length - 3);
    said = [];
    await label([photos]);
    expect(said).toContain('1 of 2 images have their masks already.');
    expect(await listLines()).toEqual([
      ...first,
      '../photos/more/a second.png\tmasks/train/more/a second.png',
    ]);
    said = [];
    await label([photos]);
    expect(said).toContain('2 of 2 images have their masks already.');
    expect(await listLines()).toHaveLength(2);
    await rm(join(folder, 'labels/masks/train/one.png'));
    await label([photos]);
    expect(await listLines()).toHaveLength(2);
    expect((await readdir(join(folder, 'labels/masks/train'))).sort()).toEqual(['more', 'one.png']);
  });

  it('name images that cannot be read, and go on', async () => {
    await writeFile(join(photos, 'broken.jpg'), 'no picture');
    await expect(label([photos])).rejects.toThrow(
      /^1 of 3 images could not be read, as said above; the masks of the others are in .*labels\.$/,
    );
    expect(said.filter((line) => /broken\.jpg could not be decoded/.test(line))).toHaveLength(1);
    expect(await listLines()).toHaveLength(2);
  });

  it('are not mixed with others: made otherwise, of an image of the same name, or in a folder in use', async () => {
    await label([join(photos, 'one.png')]);
    await expect(label([photos], { minConfidence: 0.5 })).rejects.toThrow(
      /^The masks in .*labels were made with another teacher or other options, which .*pseudo-labels\.json says: repeat those, or choose another folder for --out\.$/,
    );
    await cp(join(photos, 'one.png'), join(folder, 'elsewhere/one.png'));
    await expect(label([join(folder, 'elsewhere')])).rejects.toThrow(
      /one\.png is the mask of .*photos\/one\.png and would also be that of .*elsewhere\/one\.png: name both in one call/,
    );
    await expect(label([photos], { split: '../other' })).rejects.toThrow('The split is called "../other"');
    await expect(label([photos], { out: photos })).rejects.toThrow(
      /photos holds other files already \(\w+.*\): choose another folder for --out\.$/,
    );
  });

  it('refuse a teacher whose classes are not the data’s', async () => {
    const classes = join(folder, 'own.yaml');
    await writeFile(classes, 'classes: [background, road]\n');
    await expect(label([photos], { classes })).rejects.toThrow(
      /tells 21 classes apart, and .*own\.yaml has 2/,
    );
    await expect(label([photos], { base: 'cityscapes' })).rejects.toThrow(/and cityscapes has 19 classes/);
  });
});
