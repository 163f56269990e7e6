import { fileURLToPath } from 'node:url';
import { openVoc, randomAt, VOC_CLASSES, type VocSplit } from '@plumbline/data';
import { describe, expect, it } from 'vitest';
import { renderMask, renderPicture } from './render.ts';
import { SCENES } from './scenes.ts';

const root = fileURLToPath(new URL('../../data/sample', import.meta.url));
const open = (split: VocSplit) => openVoc({ root, split });

describe('data/sample', () => {
  it('has the splits of a small VOC', async () => {
    const sizes = await Promise.all((['train', 'val', 'trainval', 'trainaug'] as const).map(open));
    expect(sizes.map(({ ids }) => ids.length)).toEqual([48, 16, 64, 56]);
  });

  it('shows the same eight classes in training and validation, with void borders', async () => {
    for (const split of ['train', 'val'] as const) {
      const dataset = await open(split);
      const pixels = new Map<number, number>();
      for (let i = 0; i < dataset.ids.length; i++) {
        for (const label of (await dataset.read(i)).mask.data)
          pixels.set(label, (pixels.get(label) ?? 0) + 1);
      }
      const names = [...pixels.keys()].sort((a, b) => a - b).map((label) => VOC_CLASSES[label] ?? 'void');
      expect(names.join(' ')).toBe(
        'background aeroplane boat bottle car person pottedplant sheep tvmonitor void',
      );
      // A class of a few pixels could not be learnt, nor its score mean anything.
      for (const count of pixels.values()) expect(count).toBeGreaterThan(1500);
    }
  });
});

describe('drawing', () => {
  const frame = { width: 120, height: 90 };

  it('is repeatable', async () => {
    for (const compose of SCENES) {
      const [first, second] = await Promise.all(
        [0, 1].map(async () => {
          const random = randomAt(3);
          const scene = compose(random, frame);
          const mask = await renderMask(scene, frame, { voidBorder: true });
          return { mask, picture: await renderPicture(scene, frame, random) };
        }),
      );
      expect(first).toEqual(second);
    }
  });

  it('puts two pixels of void along outlines only', async () => {
    const scene = (SCENES[0] as (typeof SCENES)[number])(randomAt(4), frame);
    const [plain, bordered] = await Promise.all(
      [false, true].map((voidBorder) => renderMask(scene, frame, { voidBorder })),
    );
    let border = 0;
    bordered?.data.forEach((label, i) => {
      const before = plain?.data[i] as number;
      if (label !== 255) expect(label).toBe(before);
      else border++;
    });
    expect(plain?.data.includes(255)).toBe(false);
    expect(border).toBeGreaterThan(50);
    expect(border).toBeLessThan(0.3 * frame.width * frame.height);
  });
});
