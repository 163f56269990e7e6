import { copyFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { inspectDataset, type DatasetInspection } from './inspect-dataset.ts';
import { maskOf, picture, tinyVoc, type TinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { openVoc, vocSamples } from '../datasets/voc.ts';
import { writeIndexMask, writeRgb } from '../images/write-image.ts';

async function inspect({ root }: TinyVoc, workers = 0): Promise<DatasetInspection> {
  return inspectDataset(
    [await vocSamples({ root, split: 'train' }), await vocSamples({ root, split: 'val' })],
    {
      workers,
    },
  );
}

const errors = ({ findings }: DatasetInspection): string[] =>
  findings
    .filter(({ severity }) => severity === 'error')
    .map(({ kind, split, id }) => `${kind}: ${split} ${id}`);

describe('inspectDataset', () => {
  it('counts pixels, images and void of a sound data set', async () => {
    const { dataset, splits, findings } = await inspect(await tinyVoc());
    expect(dataset).toBe('PASCAL VOC 2012');
    const [train] = splits;
    // a…d: columns 0–4 void, then 10 rows of background over class i + 1.
    const widths = [40, 44, 48, 52];
    const heights = [30, 33, 36, 39];
    const area = widths.reduce((sum, width, i) => sum + width * (heights[i] ?? 0), 0);
    expect(train).toMatchObject({
      split: 'train',
      images: 4,
      soundImages: 4,
      pixels: area,
      masksWithoutVoid: 0,
    });
    expect(train?.voidPixels).toBe(5 * heights.reduce((a, b) => a + b));
    expect(train?.classes[0]).toEqual({
      name: 'background',
      pixels: widths.reduce((sum, width) => sum + 10 * (width - 5), 0),
      images: 4,
    });
    expect(train?.classes[2]).toEqual({ name: 'bicycle', pixels: 39 * 23, images: 1 });
    expect(train?.sizes).toEqual({ width: [40, 52], height: [30, 39] });
    expect(splits[1]).toMatchObject({ split: 'val', images: 2 });
    expect(findings.map(({ severity, kind }) => [severity, kind])).toEqual([
      ['warning', 'class without pixels'],
      ['warning', 'class without pixels'],
    ]);
    expect(findings[0]?.message).toMatch(
      /^No pixel of train is labelled bottle, bus, .*: these classes cannot be learnt\.$/,
    );
    expect(findings[1]?.message).toMatch(
      /^No pixel of val is labelled aeroplane, .*: these classes have no score\.$/,
    );
  });

  it('finds everything that is wrong, and says the same from threads', async () => {
    const voc = await tinyVoc();
    const lists = join(voc.root, 'ImageSets', 'Segmentation');
    await truncate(voc.imagePath('a'), 200);
    await rm(voc.maskPath('b'));
    await writeRgb(
      voc.maskPath('c'),
      picture(48, 36, () => [128, 0, 0]),
    );
    await writeIndexMask(
      voc.maskPath('d'),
      maskOf(50, 39, (x) => (x < 2 ? 21 : 255)),
    );
    await copyFile(voc.imagePath('d'), voc.imagePath('e'));
    await writeIndexMask(
      voc.maskPath('e'),
      maskOf(52, 39, () => 255),
    );
    await copyFile(voc.imagePath('d'), voc.imagePath('x'));
    await copyFile(voc.maskPath('e'), voc.maskPath('x'));
    await writeFile(join(lists, 'train.txt'), 'a\nb\nc\nd\nf\nf\n');
    const found = await inspect(voc);
    expect(errors(found)).toEqual([
      'unreadable file: train a',
      'missing file: train b',
      'colour mask: train c',
      'illegal index: train d',
      'size mismatch: train d',
      'listed twice: train f',
      'in two splits: train f',
      'same picture in two splits: train d',
    ]);
    const message = (kind: string): string =>
      found.findings.find((finding) => finding.kind === kind)?.message ?? '';
    expect(message('illegal index')).toContain(
      'd.png holds 21 (78 pixels), but only class indices 0…20 and 255',
    );
    expect(message('size mismatch')).toContain('d.png is 50×39 pixels, but its image');
    expect(message('colour mask')).toContain('RGB image (value rgb(128, 0, 0)');
    expect(message('in two splits')).toBe(
      '"f" is in train and val: what is scored must not be trained on; take it out of one.',
    );
    expect(message('nothing labelled')).toBe(
      'The mask of "e" in val is void everywhere: nothing can be learnt from it.',
    );
    expect(found.splits[0]).toMatchObject({ images: 6, soundImages: 2 });
    expect(await inspect(voc, 2)).toEqual(found);
    await writeFile(join(lists, 'train.txt'), 'c\n');
    await writeFile(join(lists, 'val.txt'), 'e\nx\n');
    const twice = await inspect(voc);
    expect(twice.findings.filter(({ kind }) => kind === 'same picture twice')).toMatchObject([
      {
        severity: 'warning',
        message: '"e" (val), "x" (val) are byte for byte the same picture: keep it in one place.',
      },
    ]);
  });

  it('tells how far it is and stops when it is told to', async () => {
    const voc = await tinyVoc();
    const splits = [await openVoc({ root: voc.root, split: 'trainval' })];
    const seen: [number, number][] = [];
    await inspectDataset(splits, { workers: 0, onSample: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual(Array.from({ length: 6 }, (_, i) => [i + 1, 6]));
    const stop = new AbortController();
    const stopped = inspectDataset(splits, { workers: 1, signal: stop.signal, onSample: () => stop.abort() });
    await expect(stopped).rejects.toThrow('aborted');
  });
});

describe('contactSheet', () => {
  it('shows crops of the training loader with their labels', async () => {
    const { root } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'train' });
    const augment = { baseSize: 40, cropSize: 33 };
    const sheet = await contactSheet({ dataset, augment, workers: 0, pictures: 9, side: 20 });
    expect(sheet.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd']);
    for (const { side, image, overlay } of sheet) {
      expect(side).toBe(20);
      for (const jpeg of [image, overlay]) expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
      expect(overlay).not.toEqual(image);
    }
    expect(await contactSheet({ dataset, augment, pictures: 0 })).toEqual([]);
  });
});
