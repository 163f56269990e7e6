import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tinyVoc, type TinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { hasTrainaug, readVocSplits, recordVocSplits, writeTrainaug } from './voc-splits.ts';
import { openVoc } from '../datasets/voc.ts';

let voc: TinyVoc;
let list: (name: string) => string;
beforeEach(async () => {
  voc = await tinyVoc();
  list = (name) => join(voc.root, 'ImageSets', 'Segmentation', name);
});

describe('writeTrainaug', () => {
  it('lists train and the masks of SBD, sorted, without what val scores', async () => {
    await rm(list('trainaug.txt'));
    await writeFile(list('train.txt'), 'd\nc\nb\na\n');
    await writeFile(join(voc.root, 'SegmentationClassAug', 'e.png'), 'of val');
    await writeFile(join(voc.root, 'SegmentationClassAug', '.h.png.partial'), 'half a mask');
    await writeFile(join(voc.root, 'SegmentationClassAug', 'i.png'), 'without a picture');
    await writeTrainaug(voc.root);
    expect(await readFile(list('trainaug.txt'), 'utf8')).toBe('a\nb\nc\nd\ng\n');
  });

  it('sorts a list of the same ids, and refuses to replace one of others', async () => {
    await writeFile(list('trainaug.txt'), 'g\r\na\r\nb\r\nc\r\nd\r\n');
    await writeTrainaug(voc.root);
    expect(await readFile(list('trainaug.txt'), 'utf8')).toBe('a\nb\nc\nd\ng\n');
    await writeFile(list('trainaug.txt'), 'a\ng\n');
    await expect(writeTrainaug(voc.root)).rejects.toThrow(
      `${list('trainaug.txt')} lists 2 images, but VOC's train and the masks in SegmentationClassAug make 5 others: remove`,
    );
    expect(await readFile(list('trainaug.txt'), 'utf8')).toBe('a\ng\n');
  });

  it('replaces its own list when there are more masks', async () => {
    await recordVocSplits(voc.root);
    await writeFile(list('train.txt'), 'a\nb\n');
    await writeTrainaug(voc.root);
    expect(await readFile(list('trainaug.txt'), 'utf8')).toBe('a\nb\ng\n');
  });
});

describe('recordVocSplits', () => {
  it('writes counts, digests and where the masks come from', async () => {
    const splits = await recordVocSplits(voc.root);
    const sha256 = createHash('sha256').update('e\r\nf\r\n').digest('hex');
    const { val, trainaug } = splits;
    expect(val).toEqual({
      images: 2,
      sha256,
      official: false,
      masks: { SegmentationClass: 2, SegmentationClassAug: 0 },
    });
    expect(trainaug).toMatchObject({ images: 5, masks: { SegmentationClass: 4, SegmentationClassAug: 1 } });
    expect(Object.keys(splits)).toEqual(['train', 'val', 'trainval', 'trainaug']);
    expect(JSON.parse(await readFile(list('splits.json'), 'utf8'))).toEqual({
      dataset: 'PASCAL VOC 2012',
      splits,
    });
    expect(await readVocSplits(voc.root)).toEqual(splits);
  });

  it('does without trainaug', async () => {
    await rm(list('trainaug.txt'));
    expect(Object.keys(await recordVocSplits(voc.root))).toEqual(['train', 'val', 'trainval']);
  });

  it('refuses to train on what is scored', async () => {
    await writeFile(list('trainaug.txt'), 'a\nf\ng\n');
    await expect(recordVocSplits(voc.root)).rejects.toThrow(
      `${list('trainaug.txt')} names images of val, "f" the first of 1: what is scored must not be trained on`,
    );
  });

  it('refuses to score without void: a mask of SegmentationClassAug is none for val', async () => {
    await writeFile(list('val.txt'), 'e\nf\ng\n');
    await writeFile(list('trainaug.txt'), 'a\n');
    const missing = 'SegmentationClass/g.png';
    await expect(recordVocSplits(voc.root)).rejects.toThrow(missing);
    await expect(openVoc({ root: voc.root, split: 'val' })).rejects.toThrow(missing);
  });
});

describe('hasTrainaug', () => {
  it('holds for the recorded list with all its files, and for nothing less', async () => {
    expect(await hasTrainaug(voc.root)).toBe(false);
    await recordVocSplits(voc.root);
    expect(await hasTrainaug(voc.root)).toBe(true);
    const mask = join(voc.root, 'SegmentationClassAug', 'g.png');
    const bytes = await readFile(mask);
    await rm(mask);
    expect(await hasTrainaug(voc.root)).toBe(false);
    await writeFile(mask, bytes);
    await writeFile(list('trainaug.txt'), 'a\nb\n');
    expect(await hasTrainaug(voc.root)).toBe(false);
  });

  it('says when the record is damaged', async () => {
    await writeFile(list('splits.json'), '{');
    await expect(hasTrainaug(voc.root)).rejects.toThrow(`${list('splits.json')} cannot be read: remove it`);
  });
});
