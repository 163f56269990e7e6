import { describe, expect, it } from 'vitest';
import type { Picture } from '../images/picture.ts';
import { drawImagePlan, writeImagePlan, type ImagePlan } from './image-crop.ts';
import type { ImageCrop } from './image-transform.ts';
import { randomAt } from './random.ts';

const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
const draw = (size: { width: number; height: number }, crop: ImageCrop | null, address = 0, flip = 0) =>
  drawImagePlan(size, { crop, flip }, randomAt(3, address)) as ImagePlan;
const boxes = { kind: 'random-resized', size: 24, scale: [0.08, 1], ratio: [3 / 4, 4 / 3] } as const;

/** Grey pixel (x, y) holds 10·y + x. */
const grid = (width: number, height: number): Picture => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => 10 * Math.floor(i / width) + (i % width)),
});

function written(picture: Picture, plan: ImagePlan): number[] {
  const target = new Float32Array(plan.outputWidth * plan.outputHeight * picture.channels + 1).fill(-1);
  writeImagePlan(picture, plan, plain, target, 1);
  expect(target[0]).toBe(-1);
  return [...target.subarray(1)].map((value) => Math.round(1000 * value) / 1000);
}

describe('drawImagePlan', () => {
  it('draws boxes inside the picture, of the wanted shares and ratios', () => {
    const size = { width: 256, height: 256 };
    const plans = Array.from({ length: 2000 }, (_, i) => draw(size, boxes, i));
    const shares = plans.map(({ width, height }) => (width * height) / 256 ** 2);
    const ratios = plans.map(({ width, height }) => width / height);
    for (const { left, top, width, height } of plans) {
      expect(left >= 0 && top >= 0 && left + width <= 256 && top + height <= 256).toBe(true);
    }
    // Rounding to pixels moves both by about a hundredth.
    expect(Math.min(...shares)).toBeGreaterThan(0.07);
    expect([Math.min(...ratios) > 0.73, Math.max(...ratios) < 1.37]).toEqual([true, true]);
    // Uniform but for the largest boxes, of which those that stick out are drawn again.
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(Math.abs(mean - 0.52)).toBeLessThan(0.04);
    const logarithm = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length;
    expect(Math.abs(logarithm)).toBeLessThan(0.02);
  });

  it('takes the middle of a picture that no box fits into', () => {
    const whole = { ...boxes, scale: [1, 1] as const };
    expect(draw({ width: 100, height: 10 }, whole)).toMatchObject({
      left: 43,
      top: 0,
      width: 13,
      height: 10,
    });
    expect(draw({ width: 10, height: 100 }, whole)).toMatchObject({
      left: 0,
      top: 43,
      width: 10,
      height: 13,
    });
  });

  it('cuts the centre, any place, or nothing', () => {
    expect(draw({ width: 256, height: 300 }, { kind: 'centre', size: 224 })).toMatchObject({
      left: 16,
      top: 38,
    });
    const lefts = Array.from(
      { length: 300 },
      (_, i) => draw({ width: 12, height: 9 }, { kind: 'random', size: 8 }, i).left,
    );
    expect([...new Set(lefts)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(draw({ width: 12, height: 9 }, null)).toMatchObject({
      width: 12,
      height: 9,
      outputWidth: 12,
      outputHeight: 9,
    });
  });

  it('says null to a crop larger than the picture', () => {
    expect(draw({ width: 12, height: 7 }, { kind: 'centre', size: 8 })).toBeNull();
  });

  it('mirrors as often as asked', () => {
    const flips = Array.from({ length: 1000 }, (_, i) => draw({ width: 9, height: 9 }, null, i, 0.3).flip);
    expect(Math.abs(flips.filter(Boolean).length - 300)).toBeLessThan(60);
  });
});

describe('writeImagePlan', () => {
  const box = { left: 1, top: 1, width: 2, height: 2 };

  it('copies a box of the wanted size, mirrored if drawn so', () => {
    const plan = { ...box, outputWidth: 2, outputHeight: 2, flip: false };
    expect(written(grid(4, 3), plan)).toEqual([11, 12, 21, 22]);
    expect(written(grid(4, 3), { ...plan, flip: true })).toEqual([12, 11, 22, 21]);
  });

  it('resamples the box alone: nothing from beyond its edge comes in', () => {
    const plan = { ...box, outputWidth: 4, outputHeight: 2, flip: false };
    expect(written(grid(4, 3), plan)).toEqual([11, 11.25, 11.75, 12, 21, 21.25, 21.75, 22]);
  });

  it('keeps colours together', () => {
    const picture: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const plan = { left: 0, top: 0, width: 2, height: 1, outputWidth: 2, outputHeight: 1, flip: true };
    expect(written(picture, plan)).toEqual([4, 5, 6, 1, 2, 3]);
  });
});
