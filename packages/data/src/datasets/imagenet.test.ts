import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { IMAGENET_CLASSES } from './imagenet-classes.ts';
import { openImageNet } from './imagenet.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';

/** Nothing is decoded, so that empty files will do. */
async function folder(
  paths: readonly string[],
  lists: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await temporaryFolder();
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
  for (const [name, text] of Object.entries(lists)) await writeFile(join(root, name), text);
  return root;
}
const few = [
  'train/n03126707/b.JPEG',
  'train/n01440764/n01440764_10026.JPEG',
  'train/n01440764/a.jpg',
  'train/n02012849/c.JPEG',
];

describe('IMAGENET_CLASSES', () => {
  it('are 1000 ids in order with names of their own', () => {
    const ids = IMAGENET_CLASSES.map(({ wnid }) => wnid);
    expect(ids).toHaveLength(1000);
    expect(ids.every((id) => /^n\d{8}$/.test(id))).toBe(true);
    expect([...new Set(ids)].sort()).toEqual(ids);
    const names = IMAGENET_CLASSES.map(({ name }) => name);
    expect(new Set(names).size).toBe(1000);
    expect(names.every((name) => /^[A-Za-z][A-Za-z' -]*[A-Za-z]$/.test(name))).toBe(true);
  });

  it('have the indices that networks answer with', () => {
    const at = [0, 134, 207, 281, 517, 638, 639, 999].map((index) => IMAGENET_CLASSES[index]?.name);
    expect(at).toEqual([
      'tench',
      'crane bird',
      'golden retriever',
      'tabby',
      'crane',
      'maillot',
      'maillot tank suit',
      'toilet tissue',
    ]);
  });
});

describe('openImageNet', () => {
  it('gives the classes that are there indices of their own, by id, and the built-in names', async () => {
    const set = await openImageNet(await folder(few), 'train');
    expect(set).toMatchObject({ name: 'ImageNet train', classes: ['tench', 'crane bird', 'crane'] });
    expect(set.ids).toEqual([
      'n01440764/a.jpg',
      'n01440764/n01440764_10026.JPEG',
      'n02012849/c.JPEG',
      'n03126707/b.JPEG',
    ]);
    expect([...set.labels]).toEqual([0, 0, 1, 2]);
  });

  it('gives all 1000 their own indices', async () => {
    const root = await folder(IMAGENET_CLASSES.map(({ wnid }) => `val/${wnid}/1.JPEG`).reverse());
    const set = await openImageNet(root, 'val');
    expect(set.classes).toEqual(IMAGENET_CLASSES.map(({ name }) => name));
    expect([...set.labels]).toEqual(IMAGENET_CLASSES.map((_, i) => i));
  });

  it.each(['LOC_synset_mapping.txt', 'words.txt', 'classes.txt'])('takes names from %s', async (file) => {
    const list = 'n01440764 tench, Tinca tinca\r\nn02012849\tcrane\n\nn03126707 crane\nn04532106 vestment\n';
    expect((await openImageNet(await folder(few, { [file]: list }), 'train')).classes).toEqual([
      'tench',
      'crane (n02012849)',
      'crane (n03126707)',
    ]);
  });

  it('calls what is in no list by its id', async () => {
    const root = await folder([...few, 'train/n99999999/1.JPEG']);
    expect((await openImageNet(root, 'train')).classes).toEqual([
      'tench',
      'crane bird',
      'crane',
      'n99999999',
    ]);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'a flat val folder',
      () => folder(['val/ILSVRC2012_val_00000001.JPEG', 'val/n01440764/ILSVRC2012_val_00000293.JPEG']),
      /holds pictures without class folders \(ILSVRC2012_val_00000001\.JPEG\), as the official archive does: move each/,
    ],
    ['a part that is not there', () => folder(few), /val does not exist: check the path/],
    ['a part without folders', () => folder(['val/README']), /has no class folders/],
    [
      'folders that are no ids',
      () => folder(['val/n01440764/1.JPEG', 'val/tench/2.JPEG']),
      /holds the folder "tench", but ImageNet's are named by WordNet ids such as n01440764/,
    ],
    [
      'a list of something else',
      () => folder(['val/n01440764/1.JPEG'], { 'words.txt': 'n01440764 tench\ngoldfish\n' }),
      /Line 2 of .*words\.txt is "goldfish", but a WordNet id and its words are wanted/,
    ],
  ])('refuses %s', async (_, makeRoot, message) => {
    const error: unknown = await openImageNet(await makeRoot(), 'val').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
  });
});
