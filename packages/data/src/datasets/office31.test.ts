import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { OFFICE31_CLASSES, OFFICE31_COUNTS, openOffice31 } from './office31.ts';
import { putPicture } from './tiny-images.test.fixture.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';

/** One picture of every class of webcam. */
async function tinyOffice(between = 'images'): Promise<string> {
  const root = await temporaryFolder();
  for (const name of OFFICE31_CLASSES) {
    await putPicture(join(root, 'webcam', between, name, 'frame_0001.jpg'), 2, 2);
  }
  return root;
}

describe('openOffice31', () => {
  it('knows the 31 classes in alphabetical order and 4110 images', () => {
    expect(OFFICE31_CLASSES).toHaveLength(31);
    expect([...OFFICE31_CLASSES].sort()).toEqual(OFFICE31_CLASSES);
    expect(Object.values(OFFICE31_COUNTS).reduce((a, b) => a + b)).toBe(4110);
  });

  it('opens a subset when its count is said, with and without the folder images', async () => {
    for (const between of ['images', '']) {
      const root = await tinyOffice(between);
      for (const count of [31, null]) {
        const set = await openOffice31(root, 'webcam', { count });
        expect(set.name).toBe('Office-31 webcam');
        expect(set.ids[30]).toBe('trash_can/frame_0001.jpg');
        expect([...set.labels]).toEqual(Array.from({ length: 31 }, (_, i) => i));
      }
    }
  });

  it('refuses another count, a missing class and a missing domain', async () => {
    const root = await tinyOffice();
    await expect(openOffice31(root, 'webcam')).rejects.toThrow(
      /^Office-31's domain webcam in .* has 31 images, but 795 are wanted: /,
    );
    await rm(join(root, 'webcam', 'images', 'mug'), { recursive: true });
    await expect(openOffice31(root, 'webcam')).rejects.toThrow('there is no folder "mug"');
    await expect(openOffice31(root, 'amazon')).rejects.toThrow(
      /holds no domain amazon of Office-31: .*amazon\/images and/,
    );
  });
});
