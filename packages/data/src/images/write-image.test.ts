import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readIndexMask } from './index-mask.ts';
import { readRgb } from './rgb-image.ts';
import { maskOf, picture, temporaryFolder } from '../datasets/tiny-voc.test.fixture.ts';
import { vocPalette } from '../datasets/voc-classes.ts';
import { writeIndexMask, writeRgb } from './write-image.ts';

describe('writeIndexMask', () => {
  const mask = maskOf(7, 5, (x, y) => (x === 0 ? 255 : (3 * x + y) % 21));

  it('writes a palette PNG that reads back exactly, in a folder it makes', async () => {
    const path = join(await temporaryFolder(), 'deep', 'er', 'mask.png');
    await writeIndexMask(path, mask);
    expect(await readIndexMask(path)).toEqual(mask);
    expect(await readdir(join(path, '..'))).toEqual(['mask.png']);
  });

  it('carries the VOC palette, so that every viewer shows the usual colours', async () => {
    const path = join(await temporaryFolder(), 'mask.png');
    await writeIndexMask(path, mask);
    const png = decode(await readFile(path));
    expect(png.palette?.flat()).toEqual([...vocPalette()]);
    expect(png.depth).toBe(8);
    // The server of VOC reads indices: bits per sample 8 and colour type 3 (palette) in the header, and no transparency.
    const bytes = await readFile(path);
    expect([bytes[24], bytes[25]]).toEqual([8, 3]);
    expect(bytes.includes('tRNS')).toBe(false);
    const { data } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([224, 224, 192]);
  });

  it('refuses data of another size', async () => {
    const path = join(await temporaryFolder(), 'mask.png');
    await expect(writeIndexMask(path, { ...mask, width: 8 })).rejects.toThrow('8×5 needs 40 values, got 35');
  });

  it('names the file when it cannot be written, and leaves an older one alone', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'in the way');
    const path = join(folder, 'file', 'mask.png');
    await expect(writeIndexMask(path, mask)).rejects.toThrow(`${path} could not be written`);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('in the way');
  });
});

describe('writeRgb', () => {
  it('chooses the format by the name', async () => {
    const folder = await temporaryFolder();
    const image = picture(8, 6, (x, y) => [20 * x, 30 * y, 100]);
    await writeRgb(join(folder, 'a.png'), image);
    await writeRgb(join(folder, 'a.JPG'), image, 95);
    expect([...(await readRgb(join(folder, 'a.png'))).data]).toEqual([...image.data]);
    expect((await sharp(join(folder, 'a.JPG')).metadata()).format).toBe('jpeg');
  });
});
