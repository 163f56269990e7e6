import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { colourMask, overlay } from './overlay.ts';
import { resizeMask } from './resize-mask.ts';
import { maskOf, picture } from '../datasets/tiny-voc.test.fixture.ts';
import { triptych } from './triptych.ts';

const image = picture(12, 10, () => [100, 100, 100]);
// Aeroplane, (128, 0, 0), in the right half.
const mask = maskOf(12, 10, (x) => (x < 6 ? 0 : 1));
const colourAt = (data: Uint8Array, x: number, y: number): number[] => [
  ...data.subarray(3 * (12 * y + x)).subarray(0, 3),
];

describe('overlay', () => {
  it('tints objects, outlines them, and leaves the background alone', () => {
    const { data } = overlay(image, mask, { opacity: 0.5 });
    expect(colourAt(data, 2, 5)).toEqual([100, 100, 100]);
    expect(colourAt(data, 9, 5)).toEqual([114, 50, 50]);
    expect(colourAt(data, 6, 5)).toEqual([128, 0, 0]);
    expect(colourAt(data, 11, 0)).toEqual([114, 50, 50]);
    expect(colourAt(overlay(image, mask, { opacity: 0.5, contours: false }).data, 6, 5)).toEqual([
      114, 50, 50,
    ]);
  });

  it('refuses a mask of another size', () => {
    expect(() =>
      overlay(
        image,
        maskOf(11, 10, () => 0),
      ),
    ).toThrow('an image of 12×10 and a mask of 11×10');
  });
});

it('colourMask shows the palette', () => {
  const { data } = colourMask(mask);
  expect(colourAt(data, 0, 0)).toEqual([0, 0, 0]);
  expect(colourAt(data, 8, 3)).toEqual([128, 0, 0]);
});

it('resizeMask takes the pixel under each centre and brings a doubled mask back exactly', () => {
  const doubled = resizeMask(mask, 24, 20);
  expect([...doubled.data.subarray(0, 24)]).toEqual([
    ...Array<number>(12).fill(0),
    ...Array<number>(12).fill(1),
  ]);
  expect(resizeMask(doubled, 12, 10)).toEqual(mask);
  expect([
    ...resizeMask(
      maskOf(5, 1, (x) => x),
      3,
      1,
    ).data,
  ]).toEqual([0, 2, 4]);
});

it('triptych puts three pictures side by side', async () => {
  const jpeg = await triptych(image, mask, mask, { gap: 4 });
  expect(jpeg).toMatchObject({ width: 44, height: 10 });
  expect(await sharp(jpeg.encoded).metadata()).toMatchObject({ format: 'jpeg', width: 44, height: 10 });
  const png = await triptych(image, mask, mask, { gap: 2, longSide: 6, format: 'png' });
  expect(await sharp(png.encoded).metadata()).toMatchObject({ format: 'png', width: 22, height: 5 });
  const pixels = await sharp(png.encoded).raw().toBuffer();
  expect([...pixels.subarray(18, 21)]).toEqual([255, 255, 255]);
});
