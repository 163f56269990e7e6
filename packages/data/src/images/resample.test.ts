import { describe, expect, it } from 'vitest';
import { resampleWindow, resizeRgb } from './resample.ts';
import { picture } from '../datasets/tiny-voc.test.fixture.ts';

const whole = (width: number, height: number) => ({
  scaledWidth: width,
  scaledHeight: height,
  left: 0,
  top: 0,
  width,
  height,
});

describe('resampleWindow', () => {
  it('copies a picture of the same size exactly', () => {
    const image = picture(7, 5, (x, y) => [x * 30, y * 40, x * y]);
    expect([...resampleWindow(image, whole(7, 5))]).toEqual([...image.data]);
  });

  it('puts the middle of every pixel where it belongs: a ramp shows its own coordinates', () => {
    const image = picture(250, 120, (x, y) => [x, y, 7]);
    for (const [width, height] of [
      [500, 240],
      [365, 175],
      [251, 121],
      [125, 60],
      [64, 31],
    ] as const) {
      const pixels = resampleWindow(image, whole(width, height));
      let worst = 0;
      // Near the frame the triangle is cut off on one side.
      const border = 3;
      for (let y = border; y < height - border; y++) {
        for (let x = border; x < width - border; x++) {
          const i = 3 * (y * width + x);
          worst = Math.max(
            worst,
            Math.abs((pixels[i] as number) - ((x + 0.5) * (250 / width) - 0.5)),
            Math.abs((pixels[i + 1] as number) - ((y + 0.5) * (120 / height) - 0.5)),
            Math.abs((pixels[i + 2] as number) - 7),
          );
        }
      }
      // A triangle sampled at whole pixels is symmetric only about whole and half positions.
      expect(worst).toBeLessThan(width >= 250 ? 1e-3 : 0.13);
    }
  });

  it('averages when shrinking: a fine pattern becomes grey, not one of its lines', () => {
    const stripes = picture(64, 64, (x) => (x % 2 ? [255, 255, 255] : [0, 0, 0]));
    for (const value of resampleWindow(stripes, whole(16, 16)))
      expect(Math.abs(value - 127.5)).toBeLessThan(20);
  });

  it('interpolates between two pixels as done by hand', () => {
    const image = picture(2, 1, (x) => [100 * x, 0, 0]);
    const reds = [...resampleWindow(image, whole(4, 1))].filter((_, i) => i % 3 === 0);
    expect(reds).toEqual([0, 25, 75, 100]);
  });

  it('computes a window as a part of the whole', () => {
    const image = picture(33, 21, (x, y) => [x * 7, y * 11, (x * y) % 256]);
    for (const [width, height] of [
      [50, 40],
      [20, 13],
    ] as const) {
      const all = resampleWindow(image, whole(width, height));
      const window = { scaledWidth: width, scaledHeight: height, left: 5, top: 4, width: 9, height: 6 };
      const part = resampleWindow(image, window);
      for (let y = 0; y < 6; y++) {
        const row = all.subarray(3 * ((y + 4) * width + 5)).subarray(0, 27);
        expect([...part.subarray(27 * y, 27 * (y + 1))]).toEqual([...row]);
      }
    }
  });
});

describe('filters', () => {
  const grey = {
    width: 7,
    height: 5,
    data: Uint8Array.from({ length: 35 }, (_, i) => ((i % 7) * 37 + Math.floor(i / 7) * 91) % 256),
  };
  // The first values of Pillow 13's resize in mode F, which does not round or clip.
  it.each([
    [
      'cubic',
      4,
      3,
      [
        54.872, 119.726, 165.839, 131.868, 144.775, 82.717, 117.409, 132.907, 82.718, 150.801, 105.884,
        127.696,
      ],
    ],
    [
      'linear',
      4,
      3,
      [58.381, 115.96, 162.097, 137.129, 137.72, 88.293, 116.551, 131.328, 88.381, 145.96, 108.714, 125.333],
    ],
    [
      'cubic',
      11,
      9,
      [
        -10.009, 6.003, 32.957, 56.502, 80.048, 103.593, 125.604, 155.427, 193.877, 223.12, 238.032, 19.364,
        34.909, 62.833, 92.693,
      ],
    ],
    [
      'linear',
      11,
      9,
      [
        0, 16.818, 40.364, 63.909, 87.455, 111, 134.545, 158.091, 181.636, 205.182, 222, 30.333, 47.152,
        70.697, 94.242,
      ],
    ],
  ] as const)('%s to %i×%i is Pillow’s', (filter, width, height, wanted) => {
    const pixels = resampleWindow(grey, whole(width, height), { filter, channels: 1 });
    wanted.forEach((value, i) => expect(pixels[i]).toBeCloseTo(value, 2));
  });

  it('treat every channel as a picture of one', () => {
    const colour = {
      ...grey,
      data: Uint8Array.from({ length: 105 }, (_, i) => grey.data[Math.floor(i / 3)] as number),
    };
    for (const filter of ['cubic', 'linear'] as const) {
      const one = resampleWindow(grey, whole(9, 4), { filter, channels: 1 });
      const three = resampleWindow(colour, whole(9, 4), { filter });
      expect(three).toEqual(Float32Array.from({ length: 108 }, (_, i) => one[Math.floor(i / 3)] as number));
    }
  });

  it('copy a picture of the same size exactly with either', () => {
    const pixels = resampleWindow(grey, whole(7, 5), { filter: 'cubic', channels: 1 });
    expect([...pixels]).toEqual([...grey.data]);
  });
});

it('resizeRgb rounds and stays within bytes', () => {
  const white = resizeRgb(
    picture(9, 9, () => [255, 0, 128]),
    4,
    14,
  );
  expect([white.width, white.height, white.data.length]).toEqual([4, 14, 4 * 14 * 3]);
  expect(new Set(white.data)).toEqual(new Set([255, 0, 128]));
});
