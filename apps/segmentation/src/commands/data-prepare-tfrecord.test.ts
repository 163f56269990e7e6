import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSplit } from '../data/open-data.ts';
import { loadConfig } from '../config/load-config.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';
import { prepareFromTfrecord } from './data-prepare-from-tfrecord.ts';
import { prepareTfrecord } from './data-prepare-tfrecord.ts';

let folder = '';
let said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  said = [];
  const hear = (text: string): void => void said.push(text.replaceAll(folder, 'FOLDER'));
  vi.spyOn(console, 'log').mockImplementation(hear);
  vi.spyOn(console, 'warn').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Three images as a list of their own. */
async function sources(): Promise<string[]> {
  const list = ['0001', '0002', '0003'].map(
    (id) => `${SAMPLE}/JPEGImages/sample_${id}.jpg\t${SAMPLE}/SegmentationClass/sample_${id}.png\n`,
  );
  const names = Array.from({ length: 21 }, (_, i) => `class ${i}`);
  await writeFile(join(folder, 'list.txt'), list.join(''));
  await writeFile(
    join(folder, 'ours.yaml'),
    `name: Ours\nclasses: [${names.join(', ')}]\npalette: [${names.map((_, i) => `[0, ${i}, 9]`).join(', ')}]\n`,
  );
  return ['train=list.txt', 'val=list.txt', 'classes=ours.yaml'].map(
    (option) => `data.list.${option.replace('=', `=${folder}/`)}`,
  );
}

const shards = (split: 'train' | 'val', set: string[] = []): Promise<void> =>
  prepareTfrecord({ set, split, shards: '2', out: join(folder, 'shards') });
const unpack = (patterns: string[], options: object = { voc: true }): Promise<void> =>
  prepareFromTfrecord(patterns, { out: join(folder, 'out'), ...options });

describe('data prepare tfrecord and from-tfrecord', () => {
  it('take a list and give back a list that trains', async () => {
    const set = await sources();
    await shards('train', set);
    await shards('val', set);
    await unpack([join(folder, 'shards', 'train-*')], { classes: join(folder, 'ours.yaml') });
    await unpack([join(folder, 'shards', 'val-*')], { classes: join(folder, 'ours.yaml') });
    expect(said).toEqual([
      '3 images of 21 classes in 2 shards.\nShards: FOLDER/shards\nNumbers for TensorFlow DeepLab: FOLDER/shards/train.tfrecord.json',
      '3 images of 21 classes in 2 shards.\nShards: FOLDER/shards\nNumbers for TensorFlow DeepLab: FOLDER/shards/val.tfrecord.json',
      '3 images of 21 classes from 2 files.\nList:    FOLDER/out/train.txt\nClasses: FOLDER/out/classes.yaml',
      '3 images of 21 classes from 2 files.\nList:    FOLDER/out/val.txt\nClasses: FOLDER/out/classes.yaml',
    ]);
    const out = join(folder, 'out');
    const again = [`train=${out}/train.txt`, `val=${out}/val.txt`, `classes=${out}/classes.yaml`];
    const unpacked = await loadConfig({ set: again.map((option) => `data.list.${option}`) });
    const original = await loadConfig({ set });
    for (const split of ['train', 'val'] as const) {
      const [after, before] = [await openSplit(unpacked, split), await openSplit(original, split)];
      expect(after.ids).toEqual(before.ids);
      expect([after.classes, after.palette]).toEqual([before.classes, before.palette]);
      for (const index of after.ids.keys()) {
        const [{ image, mask }, want] = [await after.read(index), await before.read(index)];
        expect([image.width, mask.width]).toEqual([want.image.width, want.mask.width]);
        expect(Buffer.compare(image.data, want.image.data)).toBe(0);
        expect(Buffer.compare(mask.data, want.mask.data)).toBe(0);
      }
    }
  });

  it('say what was there already', async () => {
    const set = await sources();
    await shards('train', set);
    await rm(join(folder, 'shards', 'train-00001-of-00002.tfrecord'));
    await shards('train', set);
    await shards('train', set);
    expect(said.map((text) => text.split('\n')[0])).toEqual([
      '3 images of 21 classes in 2 shards.',
      '3 images of 21 classes in 2 shards, 1 of which were there already.',
      '3 images of 21 classes in 2 shards, all of which were there already.',
    ]);
  });

  it('note shards that are missing and names that come again', async () => {
    await shards('train', await sources());
    const [first, second] = [0, 1].map((i) => join(folder, 'shards', `train-0000${i}-of-00002.tfrecord`)) as [
      string,
      string,
    ];
    await unpack([first]);
    expect(said[1]).toBe('Note: 1 of the 2 shards of train were passed.');
    await writeFile(join(folder, 'again.tfrecord'), await readFile(first));
    await unpack([first, second, first, join(folder, 'again.tfrecord')], { voc: true, split: 'all-of-it' });
    expect(said.slice(3)).toEqual([
      'Note: 2 images have the name of an earlier one and were numbered; was anything passed twice?',
      '5 images of 21 classes from 3 files.\nList:    FOLDER/out/all-of-it.txt\nClasses: FOLDER/out/classes.yaml',
    ]);
  });

  it('refuse what they cannot know', async () => {
    const set = await sources();
    await shards('train', set);
    const train = join(folder, 'shards', 'train-00000-of-00002.tfrecord');
    await expect(unpack([train], {})).rejects.toThrow(
      'The shards do not say what their classes are: pass --classes <file>, or --voc for those of PASCAL VOC.',
    );
    await expect(unpack([train], { voc: true, classes: 'x' })).rejects.toThrow(
      'Both --classes and --voc were given: pass',
    );
    await expect(unpack([join(folder, 'none-*')])).rejects.toThrow(
      /There is no file .*none-\*; pass TFRecord files/,
    );
    await expect(unpack([join(folder, 'shards')])).rejects.toThrow(/There is no file .*shards; pass/);
    const other = join(folder, 'shards', 'other.tfrecord');
    await rename(join(folder, 'shards', 'train-00001-of-00002.tfrecord'), other);
    await expect(unpack([other])).rejects.toThrow(
      'The files are not named by a split, as train-00000-of-00004.tfrecord is: pass the shards of one split, or name the list with --split.',
    );
    await expect(unpack([train, other])).rejects.toThrow(
      'The files are of several splits (train, one without a name): pass the shards of one split',
    );
    expect((await readdir(folder)).sort()).toEqual(['list.txt', 'ours.yaml', 'shards']);
    await unpack([train]);
    await expect(unpack([train], { classes: join(folder, 'ours.yaml') })).rejects.toThrow(
      /out\/classes\.yaml holds other classes than these masks have: choose another --out/,
    );
    await expect(
      prepareTfrecord({ set, data: SAMPLE, split: 'train', shards: '1', out: join(folder, 'x') }),
    ).rejects.toThrow('data.root (--data) is given, but data.list names the images in its place');
    for (const shards of ['0', 'two', '1.5', '100000']) {
      const job = prepareTfrecord({ set, split: 'train', shards, out: join(folder, 'x') });
      await expect(job).rejects.toThrow(`--shards got "${shards}", and a whole number from 1 to 99999`);
    }
  });
});
