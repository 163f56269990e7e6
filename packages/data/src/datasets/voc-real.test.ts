// The same code on the distributed files. Set PLUMBLINE_REAL_DATA to a folder that holds VOCdevkit/VOC2012; the counts
// are those of the development subset (440 train, 325 val, 690 trainaug).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OFFICIAL_VOC_SPLITS } from '../prepare/voc-splits.ts';
import { openVoc } from './voc.ts';

const root = join(process.env['PLUMBLINE_REAL_DATA'] ?? '', 'VOCdevkit', 'VOC2012');
const reason = process.env['PLUMBLINE_REAL_DATA']
  ? `there is no ${root}`
  : 'PLUMBLINE_REAL_DATA is not set to a folder with VOCdevkit/VOC2012';

describe.skipIf(!existsSync(join(root, 'JPEGImages')))(`real VOC 2012 (skipped when ${reason})`, () => {
  it('has the listed examples', async () => {
    const size = async (split: 'train' | 'val' | 'trainval' | 'trainaug') =>
      (await openVoc({ root, split })).ids.length;
    expect(await size('train')).toBe(440);
    expect(await size('val')).toBe(325);
    expect(await size('trainval')).toBe(765);
    expect(await size('trainaug')).toBe(690);
  });

  it('knows the published splits', () => {
    for (const [split, { images, sha256 }] of Object.entries(OFFICIAL_VOC_SPLITS)) {
      const ids = readFileSync(
        join(root, 'ImageSets', 'Segmentation_official', `${split}.txt`),
        'utf8',
      ).split(/\s+/);
      const sorted = ids.filter((id) => id !== '').sort();
      expect(sorted).toHaveLength(images);
      expect(
        createHash('sha256')
          .update(`${sorted.join('\n')}\n`)
          .digest('hex'),
      ).toBe(sha256);
    }
  });

  it('reads every picture and every mask without complaint', async () => {
    for (const split of ['trainaug', 'val'] as const) {
      const dataset = await openVoc({ root, split });
      const seen = new Set<number>();
      for (let i = 0; i < dataset.ids.length; i++) {
        const { mask } = await dataset.read(i);
        for (const label of mask.data) seen.add(label);
      }
      expect(seen.has(0) && seen.has(15) && seen.has(255)).toBe(true);
    }
  });

  it('reads indices, not colours: counts and pixels as Pillow gives them', async () => {
    const dataset = await openVoc({ root, split: 'train' });
    const { image, mask } = await dataset.read(dataset.ids.indexOf('2007_000063'));
    expect([image.width, image.height]).toEqual([500, 375]);
    const count = (label: number): number => mask.data.filter((value) => value === label).length;
    expect([count(0), count(9), count(12), count(255)]).toEqual([72224, 78930, 27632, 8714]);
    const centre = 187 * 500 + 250;
    expect(mask.data[centre]).toBe(12);
    // JPEG decoders may differ by a step or two.
    [84, 84, 76].forEach((value, c) => {
      expect(Math.abs((image.data[3 * centre + c] as number) - value)).toBeLessThanOrEqual(3);
    });
  });
});
