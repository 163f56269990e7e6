import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tarOf, tgzOf, type TarEntries } from './tar.test.fixture.ts';
import { temporaryFolder, tinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { isVocWhole, unpackVoc, vocFolder } from './unpack-voc.ts';
import { openVoc } from '../datasets/voc.ts';

const LISTS = 'ImageSets/Segmentation';

/** VOC's archive of the tiny set, with things in it that are not needed. Made in `original`. */
async function vocEntries(original: string): Promise<Record<string, string | Uint8Array>> {
  const entries: Record<string, string | Uint8Array> = {};
  for (const name of ['train', 'val', 'trainval'].map((split) => `${LISTS}/${split}.txt`)) {
    entries[name] = await readFile(join(original, name));
  }
  for (const id of 'abcdefg')
    entries[`JPEGImages/${id}.jpg`] = await readFile(join(original, 'JPEGImages', `${id}.jpg`));
  for (const id of 'abcdef') {
    entries[`SegmentationClass/${id}.png`] = await readFile(join(original, 'SegmentationClass', `${id}.png`));
    entries[`SegmentationObject/${id}.png`] = 'not needed';
    entries[`Annotations/${id}.xml`] = 'not needed';
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, bytes]) => [`VOCdevkit/VOC2012/${name}`, bytes]),
  );
}

let folder: string;
let root: string;
let archive: string;
let entries: Record<string, string | Uint8Array>;
beforeEach(async () => {
  folder = await temporaryFolder();
  root = join(folder, 'VOCdevkit', 'VOC2012');
  archive = join(folder, 'voc.tar');
  entries = await vocEntries((await tinyVoc()).root);
});

async function unpack(changed: TarEntries = entries, make: typeof tarOf = tarOf): Promise<void> {
  await writeFile(archive, await make(changed));
  await unpackVoc({ archive, root });
}

describe('unpackVoc', () => {
  it('unpacks what training needs, and nothing else', async () => {
    expect(await isVocWhole(root)).toBe(false);
    await unpack();
    expect((await readdir(root)).sort()).toEqual(['ImageSets', 'JPEGImages', 'SegmentationClass']);
    expect(await readdir(join(root, 'JPEGImages'))).toHaveLength(7);
    expect(await isVocWhole(root)).toBe(true);
    const dataset = await openVoc({ root, split: 'val' });
    expect((await dataset.read(1)).mask.data[12 * 60 + 30]).toBe(6);
    expect(await readFile(join(root, LISTS, 'val.txt'), 'utf8')).toBe('e\r\nf\r\n');
  });

  it('takes a gzipped archive with more folders around it', async () => {
    await unpack(
      Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [`./TrainVal/${name}`, bytes])),
      tgzOf,
    );
    expect(await isVocWhole(root)).toBe(true);
  });

  it('writes nowhere but into its folders', async () => {
    await unpack({
      ...entries,
      '../../VOC2012/JPEGImages/up.jpg': 'x',
      'VOCdevkit/VOC2012/JPEGImages/../../../out.jpg': 'x',
      'VOCdevkit/VOC2012/JPEGImages/..': 'x',
      'VOCdevkit/VOC2012/SegmentationClass/sub/folder.png': 'x',
      'VOCdevkit/VOC2012/JPEGImages/link.jpg': { link: '/etc/passwd' },
      '/VOC2012/ImageSets/Segmentation/../evil.txt': 'x',
    });
    expect((await readdir(folder)).sort()).toEqual(['VOCdevkit', 'voc.tar']);
    expect((await readdir(join(root, 'JPEGImages'))).join()).toBe(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'up'].map((id) => `${id}.jpg`).join(),
    );
    expect(await readdir(join(root, 'SegmentationClass'))).toHaveLength(6);
    expect(await readdir(join(root, LISTS))).toHaveLength(3);
  });

  it('goes on where it was interrupted: lists come last, and what is there is not written again', async () => {
    const bytes = await tarOf(entries);
    await writeFile(archive, bytes.subarray(0, bytes.indexOf('SegmentationClass/c.png') + 200));
    await expect(unpackVoc({ archive, root })).rejects.toThrow('could not be read to its end');
    expect(await readdir(root)).not.toContain('ImageSets');
    expect(await isVocWhole(root)).toBe(false);
    const first = join(root, 'JPEGImages', 'a.jpg');
    const before = await stat(first);
    await writeFile(join(root, 'JPEGImages', 'b.jpg'), 'half');
    await unpack();
    expect(await isVocWhole(root)).toBe(true);
    expect((await stat(first)).ino).toBe(before.ino);
    expect(await readFile(join(root, 'JPEGImages', 'b.jpg'))).toEqual(
      entries['VOCdevkit/VOC2012/JPEGImages/b.jpg'],
    );
  });

  it('adds what is missing to a folder that was unpacked by hand, and keeps its lists', async () => {
    await unpack();
    await rm(join(root, 'SegmentationClass', 'e.png'));
    await writeFile(join(root, LISTS, 'train.txt'), 'a\n');
    expect(await isVocWhole(root)).toBe(false);
    await unpackVoc({ archive, root });
    expect(await isVocWhole(root)).toBe(true);
    expect((await openVoc({ root, split: 'train' })).ids).toEqual(['a']);
  });

  it('refuses an archive of something else', async () => {
    await expect(unpack({ 'VOC2007/JPEGImages/a.jpg': 'x' })).rejects.toThrow(
      `The archive ${archive} has no VOC2012/ImageSets/Segmentation/train.txt: pass VOC 2012's training/validation archive.`,
    );
  });
});

describe('vocFolder', () => {
  it('is the folder that is there, or the place for one', async () => {
    expect(await vocFolder(folder)).toBe(root);
    expect(await vocFolder(join(folder, 'VOCdevkit'))).toBe(root);
    expect(await vocFolder(root)).toBe(root);
    await mkdir(join(folder, LISTS), { recursive: true });
    expect(await vocFolder(folder)).toBe(folder);
  });
});
