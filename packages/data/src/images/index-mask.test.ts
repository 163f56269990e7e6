import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode, type BitDepth } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { readIndexMask } from './index-mask.ts';
import { picture, temporaryFolder } from '../datasets/tiny-voc.test.fixture.ts';

async function stored(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'mask.png');
  await writeFile(path, bytes);
  return path;
}

/** Packs rows of indices into bytes, the leftmost pixel in the high bits. */
function pack(rows: readonly (readonly number[])[], depth: number): Uint8Array {
  return Uint8Array.from(
    rows.flatMap((row) => {
      const bits = row.map((value) => value.toString(2).padStart(depth, '0')).join('');
      return (bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2));
    }),
  );
}

const palette = (size: number): number[][] => Array.from({ length: size }, (_, i) => [255 - i, 7 * i, 3]);

const problem = async (bytes: Uint8Array): Promise<{ message: string; path: string }> => {
  const path = await stored(bytes);
  const error: unknown = await readIndexMask(path).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DataError);
  return { message: (error as DataError).message, path };
};

describe('readIndexMask', () => {
  it('keeps the indices of an 8-bit palette, whatever its colours', async () => {
    const data = Uint8Array.of(0, 1, 20, 255, 5, 0);
    const png = encode({ width: 3, height: 2, data, channels: 1, depth: 8, palette: palette(256) });
    expect(await readIndexMask(await stored(png))).toEqual({ width: 3, height: 2, data });
  });

  it('keeps the indices of a palette with transparency', async () => {
    const data = Uint8Array.of(0, 1, 2, 1);
    const colours = palette(3).map((colour, i) => [...colour, 100 * i]);
    const png = encode({ width: 2, height: 2, data, channels: 1, depth: 8, palette: colours });
    expect((await readIndexMask(await stored(png))).data).toEqual(data);
  });

  it.each([
    [
      1,
      [
        [1, 0, 1, 1, 0, 0, 1, 0, 1, 1],
        [0, 1, 1, 0, 1, 0, 1, 1, 0, 1],
      ],
    ],
    [
      2,
      [
        [3, 0, 1, 2, 3],
        [2, 2, 0, 1, 1],
        [0, 3, 3, 3, 2],
      ],
    ],
    [
      4,
      [
        [15, 0, 7],
        [1, 14, 8],
      ],
    ],
  ] as const)('unpacks %d bits a pixel at a width that fills no whole byte', async (depth, rows) => {
    const width = rows[0].length;
    const data = pack(rows, depth);
    const png = encode({
      width,
      height: rows.length,
      data,
      channels: 1,
      depth: depth as BitDepth,
      palette: palette(1 << depth),
    });
    const mask = await readIndexMask(await stored(png));
    expect([mask.width, mask.height]).toEqual([width, rows.length]);
    expect([...mask.data]).toEqual(rows.flat());
  });

  it('takes an 8-bit grey PNG as indices', async () => {
    const data = Uint8Array.of(0, 12, 255, 3);
    const png = encode({ width: 4, height: 1, data, channels: 1, depth: 8 });
    expect((await readIndexMask(await stored(png))).data).toEqual(data);
  });

  it('names file, value and first pixel of an index outside the classes', async () => {
    const data = new Uint8Array(12).fill(255);
    data[7] = 21;
    data[9] = 99;
    const { message, path } = await problem(
      encode({ width: 4, height: 3, data, channels: 1, palette: palette(256) }),
    );
    expect(message).toContain(path);
    expect(message).toContain('the value 21 first at pixel (x 3, y 1)');
    expect(message).toContain('0…20 and 255');
  });

  it('accepts other ranges', async () => {
    const png = encode({ width: 2, height: 1, data: Uint8Array.of(2, 0), channels: 1, depth: 8 });
    const path = await stored(png);
    await expect(readIndexMask(path, { classCount: 2, ignoreLabel: 255 })).rejects.toThrow('0…1 and 255');
    expect((await readIndexMask(path, { classCount: 2, ignoreLabel: 2 })).data[0]).toBe(2);
  });

  it('refuses a mask of colours and names the first one', async () => {
    const data = new Uint8Array(3 * 6);
    data.set([128, 0, 64], 3 * 4);
    const { message, path } = await problem(encode({ width: 3, height: 2, data, channels: 3 }));
    expect(message).toContain(
      `Mask ${path} is an 8-bit RGB image (value rgb(128, 0, 64) first at pixel (x 1, y 1))`,
    );
    expect(message).toContain('convert its colours to indices');
    const rgba = await problem(
      encode({ width: 1, height: 1, data: Uint8Array.of(0, 9, 0, 255), channels: 4 }),
    );
    expect(rgba.message).toContain('RGBA image (value rgb(0, 9, 0)');
  });

  it('refuses 16 bits a pixel', async () => {
    const { message } = await problem(
      encode({ width: 2, height: 1, data: Uint16Array.of(0, 300), channels: 1, depth: 16 }),
    );
    expect(message).toContain('16-bit grey image (value 300 first at pixel (x 1, y 0))');
  });

  it('refuses packed pixels with interlacing, which the decoder garbles', async () => {
    const { data, width, height } = picture(9, 9, (x) => [85 * (x % 4), 0, 0]);
    const raw = sharp(data, { raw: { width, height, channels: 3 } });
    const { message } = await problem(
      await raw.png({ palette: true, colours: 4, progressive: true }).toBuffer(),
    );
    expect(message).toContain('is an interlaced PNG of 2 bits per pixel');
  });

  it('refuses a truncated file, a flipped bit and a file that is no PNG', async () => {
    const data = Uint8Array.from({ length: 400 }, (_, i) => (i * i) % 21);
    const png = encode({ width: 20, height: 20, data, channels: 1, palette: palette(256) });
    const flipped = Uint8Array.from(png);
    flipped[png.length - 30] = (flipped[png.length - 30] as number) ^ 4;
    for (const bytes of [png.subarray(0, png.length - 40), flipped, Buffer.from('GIF89a, or so')]) {
      const { message, path } = await problem(bytes);
      expect(message).toContain(`Mask ${path} could not be decoded`);
      expect(message).not.toContain('\n');
    }
  });

  it('says so when the file is missing', async () => {
    await expect(readIndexMask('/nowhere/m.png')).rejects.toThrow('Mask /nowhere/m.png does not exist');
  });
});
