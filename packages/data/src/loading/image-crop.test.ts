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
    const padded = (padding: number) => draw({ width: 12, height: 5 }, { kind: 'random', size: 8, padding });
    expect([padded(1) === null, padded(2) === null]).toEqual([true, false]);
  });

  it('cuts any place of a padded picture, and without padding the places that it cut before', () => {
    const size = { width: 8, height: 8 };
    const plans = Array.from({ length: 600 }, (_, i) =>
      draw(size, { kind: 'random', size: 8, padding: 2 }, i),
    );
    for (const side of ['left', 'top'] as const) {
      const counts = [-2, -1, 0, 1, 2].map((place) => plans.filter((plan) => plan[side] === place).length);
      expect(counts.reduce((a, b) => a + b)).toBe(600);
      for (const count of counts) expect(Math.abs(count - 120)).toBeLessThan(40);
    }
    const wide = { width: 20, height: 20 };
    for (let i = 0; i < 20; i++) {
      const random = randomAt(3, i);
      const [left, top] = [random.integer(0, 12), random.integer(0, 12)];
      const flip = random.uniform(0, 1) < 0.5;
      const expected = { left, top, flip };
      expect(draw(wide, { kind: 'random', size: 8 }, i, 0.5)).toMatchObject(expected);
      expect(draw(wide, { kind: 'random', size: 8, padding: 0 }, i, 0.5)).toMatchObject(expected);
    }
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

  it('fills what lies beyond the picture with black', () => {
    const plan = { left: -1, top: -1, width: 3, height: 3, outputWidth: 3, outputHeight: 3, flip: false };
    const picture = { ...grid(3, 3), data: grid(3, 3).data.map((value) => value + 1) };
    expect(written(picture, plan)).toEqual([0, 0, 0, 0, 1, 2, 0, 11, 12]);
    expect(written(picture, { ...plan, flip: true })).toEqual([0, 0, 0, 2, 1, 0, 12, 11, 0]);
    expect(written(picture, { ...plan, left: 1, top: 1 })).toEqual([12, 13, 0, 22, 23, 0, 0, 0, 0]);
    expect(written(picture, { ...plan, left: 0, top: 2 })).toEqual([21, 22, 23, 0, 0, 0, 0, 0, 0]);
    expect(written(picture, { ...plan, left: 4, top: 0 })).toEqual(Array(9).fill(0));
  });

  it('keeps the colours of what it pads together', () => {
    const picture: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) };
    const plan = { left: -1, top: 0, width: 2, height: 1, outputWidth: 2, outputHeight: 1, flip: false };
    expect(written(picture, plan)).toEqual([0, 0, 0, 1, 2, 3]);
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
