import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maskOf, temporaryFolder, tinyVoc } from './tiny-voc.test.fixture.ts';
import { openVoc } from './voc.ts';
import { writeIndexMask } from '../images/write-image.ts';

describe('openVoc', () => {
  it('lists the splits in their order, whatever the line ends', async () => {
    const { root } = await tinyVoc();
    const ids = async (split: 'train' | 'val' | 'trainval' | 'trainaug') =>
      (await openVoc({ root, split })).ids.join('');
    expect(await ids('train')).toBe('abcd');
    expect(await ids('val')).toBe('ef');
    expect(await ids('trainval')).toBe('abcdef');
    expect(await ids('trainaug')).toBe('abcdg');
  });

  it('reads a picture and its mask', async () => {
    const { root } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'val' });
    const { id, image, mask } = await dataset.read(1);
    expect([id, image.width, image.height, mask.width, mask.height]).toEqual(['f', 60, 45, 60, 45]);
    expect([mask.data[0], mask.data[5], mask.data[12 * 60 + 30]]).toEqual([255, 0, 6]);
    expect(() => dataset.read(2)).toThrow(RangeError);
  });

  it('takes a trainaug mask from SegmentationClass first, and else from SegmentationClassAug', async () => {
    const { root } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'trainaug' });
    expect((await dataset.read(0)).mask.data.includes(20)).toBe(false);
    expect((await dataset.read(4)).mask.data.at(-1)).toBe(7);
  });

  it('never takes a mask from SegmentationClassAug but for trainaug', async () => {
    const { root, maskPath } = await tinyVoc();
    for (const split of ['train', 'val', 'trainval'] as const) {
      const { files } = await openVoc({ root, split });
      expect(files.map(({ mask }) => mask)).toEqual(files.map(({ id }) => maskPath(id)));
    }
    await rm(maskPath('a'));
    await expect(openVoc({ root, split: 'train' })).rejects.toThrow('SegmentationClass/a.png');
  });

  it('accepts the VOCdevkit and the folder above it', async () => {
    const { root } = await tinyVoc();
    expect((await openVoc({ root: join(root, '..'), split: 'val' })).ids).toHaveLength(2);
    expect((await openVoc({ root: join(root, '..', '..'), split: 'val' })).ids).toHaveLength(2);
  });

  it('says what it looked for in a wrong folder', async () => {
    const folder = await temporaryFolder();
    await expect(openVoc({ root: folder, split: 'train' })).rejects.toThrow(
      `${folder} holds no PASCAL VOC 2012: a folder ImageSets/Segmentation was looked for in ${folder}, ${folder}/VOC2012`,
    );
  });

  it('names the lists there are when the split has none', async () => {
    const { root } = await tinyVoc();
    await rm(join(root, 'ImageSets', 'Segmentation', 'trainaug.txt'));
    await expect(openVoc({ root, split: 'trainaug' })).rejects.toThrow(
      /"trainaug" has no list .*trainaug\.txt \(there: train\.txt, trainval\.txt, val\.txt\)/,
    );
  });

  it('counts and names missing files before anything is decoded', async () => {
    const { root, imagePath, maskPath } = await tinyVoc();
    await rm(imagePath('b'));
    await rm(maskPath('d'));
    await expect(openVoc({ root, split: 'train' })).rejects.toThrow(
      /2 of the 8 files that .*train\.txt asks for are missing .*: JPEGImages\/b\.jpg, SegmentationClass\/d\.png;/,
    );
    await expect(openVoc({ root, split: 'val' })).resolves.toBeTruthy();
  });

  it('names only the first few when many are missing', async () => {
    const { root } = await tinyVoc();
    await rm(join(root, 'JPEGImages'), { recursive: true });
    await expect(openVoc({ root, split: 'trainval' })).rejects.toThrow(
      /^6 of .*a\.jpg, JPEGImages\/b\.jpg, JPEGImages\/c\.jpg, …;/,
    );
  });

  it('refuses an empty list and an id listed twice', async () => {
    const { root } = await tinyVoc();
    const list = join(root, 'ImageSets', 'Segmentation', 'val.txt');
    await writeFile(list, '\n\n');
    await expect(openVoc({ root, split: 'val' })).rejects.toThrow(`${list} is empty`);
    await writeFile(list, 'e\nf\ne\n');
    await expect(openVoc({ root, split: 'val' })).rejects.toThrow(`${list} names "e" twice`);
  });

  it('refuses a mask of another size than its picture', async () => {
    const { root, imagePath, maskPath } = await tinyVoc();
    await writeIndexMask(
      maskPath('e'),
      maskOf(57, 42, () => 0),
    );
    const dataset = await openVoc({ root, split: 'val' });
    await expect(dataset.read(0)).rejects.toThrow(
      `Mask ${maskPath('e')} is 57×42 pixels, but its image ${imagePath('e')} is 56×42`,
    );
  });
});
