import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { readRgb } from './rgb-image.ts';
import { noisyJpeg, picture, temporaryFolder } from '../datasets/tiny-voc.test.fixture.ts';

const flat = (colour: readonly [number, number, number]) =>
  sharp(picture(16, 8, () => colour).data, { raw: { width: 16, height: 8, channels: 3 } });

async function stored(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

describe('readRgb', () => {
  it('turns a picture upright only where it is asked to', async () => {
    // A quarter turn to the right, as a telephone held upright stores it.
    const bytes = await sharp(picture(16, 8, (x) => [x < 8 ? 255 : 0, 0, 0]).data, {
      raw: { width: 16, height: 8, channels: 3 },
    })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const path = await stored('turned.png', bytes);
    expect(await readRgb(path)).toMatchObject({ width: 16, height: 8 });
    const upright = await readRgb(path, { turnUpright: true });
    expect(upright).toMatchObject({ width: 8, height: 16 });
    expect([upright.data[0], upright.data.at(-3)]).toEqual([255, 0]);
  });

  it('reads a lossless picture exactly', async () => {
    const original = picture(5, 3, (x, y) => [10 * x, 20 * y, 255 - x]);
    const png = await sharp(original.data, { raw: { width: 5, height: 3, channels: 3 } })
      .png()
      .toBuffer();
    const image = await readRgb(await stored('a.png', png));
    expect([image.width, image.height]).toEqual([5, 3]);
    expect([...image.data]).toEqual([...original.data]);
  });

  it('turns grey, 16-bit and transparent pictures into 8-bit RGB, the transparent ones on white', async () => {
    const grey = await readRgb(
      await stored('grey.jpg', await flat([90, 90, 90]).greyscale().jpeg().toBuffer()),
    );
    expect(grey.data.length).toBe(16 * 8 * 3);
    expect([...grey.data.subarray(0, 3)]).toEqual([90, 90, 90]);

    const deep = await flat([200, 100, 50]).toColourspace('rgb16').png().toBuffer();
    expect([...(await readRgb(await stored('deep.png', deep))).data.subarray(0, 3)]).toEqual([200, 100, 50]);

    const clear = await flat([200, 100, 50]).ensureAlpha(0).png().toBuffer();
    expect([...(await readRgb(await stored('clear.png', clear))).data.subarray(0, 3)]).toEqual([
      255, 255, 255,
    ]);
  });

  it('turns CMYK into RGB of about the same colour', async () => {
    const cmyk = await flat([190, 60, 50]).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).channels).toBe(4);
    const [red, green, blue] = (await readRgb(await stored('cmyk.jpg', cmyk))).data;
    expect(Math.abs((red as number) - 190)).toBeLessThan(25);
    expect(Math.abs((green as number) - 60)).toBeLessThan(25);
    expect(Math.abs((blue as number) - 50)).toBeLessThan(25);
  });

  it('leaves the pixels as stored whatever the EXIF orientation says', async () => {
    const turned = await flat([1, 2, 3]).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect((await sharp(turned).metadata()).orientation).toBe(6);
    const image = await readRgb(await stored('turned.jpg', turned));
    expect([image.width, image.height]).toEqual([16, 8]);
  });

  it('refuses a truncated, a damaged and a fake JPEG in one sentence that names the file', async () => {
    const whole = await noisyJpeg();
    const damaged = Uint8Array.from(whole);
    const middle = Math.floor(whole.length / 2);
    damaged.set([0xff, 0xd4, 0x00, 0xff, 0xff, 0xc4], middle);
    for (const bytes of [
      whole.subarray(0, middle),
      whole.subarray(0, 40),
      damaged,
      Buffer.from('not a picture'),
    ]) {
      const path = await stored('broken.jpg', bytes);
      const error: unknown = await readRgb(path).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DataError);
      const { message } = error as DataError;
      expect(message).toContain(path);
      expect(message).toContain('corrupt');
      expect(message).not.toContain('\n');
      expect(message.trimEnd().endsWith('.')).toBe(true);
    }
  });

  it('says so when the file is missing', async () => {
    await expect(readRgb('/nowhere/x.jpg')).rejects.toThrow('Image /nowhere/x.jpg does not exist');
  });
});
