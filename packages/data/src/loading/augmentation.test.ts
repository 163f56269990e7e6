import { describe, expect, it } from 'vitest';
import {
  drawCrop,
  placeMaskCrop,
  resolveAugment,
  writeImageCrop,
  writeMaskCrop,
  type CropPlan,
} from './augmentation.ts';
import type { IndexMask } from '../images/index-mask.ts';
import { randomAt } from './random.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import { maskOf, picture } from '../datasets/tiny-voc.test.fixture.ts';

// Normalized values are then the plain 0…255.
const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
const PADDING = -1;

function crop(
  image: RgbImage,
  mask: IndexMask,
  plan: CropPlan,
): { pixels: Float32Array; labels: Int32Array } {
  const pixels = new Float32Array(plan.cropSize ** 2 * 3).fill(PADDING);
  const labels = new Int32Array(plan.cropSize ** 2).fill(255);
  writeImageCrop(image, plan, plain, pixels, 0);
  writeMaskCrop(mask, plan, labels, 0);
  return { pixels, labels };
}

describe('the augmented crop', () => {
  it('keeps picture and mask on top of each other at every scale, offset and mirroring', () => {
    // The colour of a pixel is its position, and so is its label, in blocks: each can be told from the other.
    const [width, height, block] = [240, 180, 40];
    const image = picture(width, height, (x, y) => [x, y, 0]);
    const labelAt = (x: number, y: number): number =>
      Math.floor(x / block) + 3 * Math.floor(y / (block * 1.5));
    const mask = maskOf(width, height, labelAt);
    const options = resolveAugment({ baseSize: null, cropSize: 97, ...plain });
    let flipped = 0;
    for (let draw = 0; draw < 40; draw++) {
      const plan = drawCrop(mask, options, randomAt(1, draw));
      flipped += Number(plan.flip);
      const { pixels, labels } = crop(image, mask, plan);
      let compared = 0;
      labels.forEach((label, i) => {
        const x = pixels[3 * i] as number;
        const y = pixels[3 * i + 1] as number;
        if (label === 255) {
          expect(x).toBe(PADDING);
          return;
        }
        // Shrinking samples a triangle at a few pixels, so the colour is only about the place; enlarging is exact.
        const slack = plan.scaledWidth < width ? 0.15 : 0.01;
        const sure = new Set([
          labelAt(x + 0.5 - slack, y + 0.5 - slack),
          labelAt(x + 0.5 + slack, y + 0.5 + slack),
        ]);
        const nearFrame = x < 3 || y < 3 || x > width - 4 || y > height - 4;
        if (sure.size > 1 || nearFrame) return;
        compared++;
        if (!sure.has(label)) expect.fail(`label ${label} over colour (${x}, ${y}) in draw ${draw}`);
      });
      expect(compared).toBeGreaterThan(1500);
    }
    expect(flipped).toBeGreaterThan(10);
    expect(flipped).toBeLessThan(30);
  });

  it('is the picture itself at scale 1 without mirroring', () => {
    const image = picture(6, 4, (x, y) => [x, y, 9]);
    const mask = maskOf(6, 4, (x, y) => x + y);
    const options = resolveAugment({ baseSize: null, cropSize: 8, scale: [1, 1], flip: 0 });
    const { pixels, labels } = crop(image, mask, drawCrop(mask, options, randomAt(0)));
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const inside = x < 6 && y < 4;
        expect(labels[8 * y + x]).toBe(inside ? x + y : 255);
        expect(pixels[3 * (8 * y + x)]).toBeCloseTo(inside ? x : PADDING, 4);
      }
    }
  });

  it('mirrors picture, mask and padding alike', () => {
    const image = picture(3, 2, (x) => [x + 1, 0, 0]);
    const mask = maskOf(3, 2, (x) => x + 1);
    const options = resolveAugment({ baseSize: null, cropSize: 4, scale: [1, 1], flip: 1 });
    const { pixels, labels } = crop(image, mask, drawCrop(mask, options, randomAt(0)));
    expect([...labels.subarray(0, 4)]).toEqual([255, 3, 2, 1]);
    const reds = [...pixels.subarray(0, 12)].filter((_, i) => i % 3 === 0);
    [PADDING, 3, 2, 1].forEach((red, i) => expect(reds[i]).toBeCloseTo(red, 4));
  });

  it('never invents a label', () => {
    const mask = maskOf(50, 40, (x, y) => [0, 7, 20, 255][(x * 13 + y * 7) % 4] as number);
    const options = resolveAugment({ baseSize: 90, cropSize: 65 });
    const image = picture(50, 40, () => [0, 0, 0]);
    for (let draw = 0; draw < 10; draw++) {
      const { labels } = crop(image, mask, drawCrop(mask, options, randomAt(2, draw)));
      expect([...new Set(labels)].every((label) => [0, 7, 20, 255].includes(label))).toBe(true);
    }
  });
});

describe('drawCrop', () => {
  const options = resolveAugment({ baseSize: 100, cropSize: 65 });
  const plans = Array.from({ length: 2000 }, (_, i) =>
    drawCrop({ width: 500, height: 375 }, options, randomAt(5, i)),
  );

  it('scales the long side of the base size uniformly between 0.5 and 2', () => {
    const sides = plans.map((plan) => plan.scaledWidth);
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...sides)).toBeLessThanOrEqual(200);
    const mean = sides.reduce((a, b) => a + b) / sides.length;
    expect(Math.abs(mean - 125)).toBeLessThan(4);
  });

  it('keeps the crop inside the picture and reaches both its ends', () => {
    const large = plans.filter((plan) => plan.scaledWidth > 150);
    for (const plan of large) {
      expect(plan.left + plan.contentWidth).toBeLessThanOrEqual(plan.scaledWidth);
      expect(plan.contentWidth).toBe(65);
    }
    expect(Math.min(...large.map((plan) => plan.left))).toBeLessThan(3);
    expect(Math.min(...large.map((plan) => plan.scaledWidth - 65 - plan.left))).toBeLessThan(3);
    const small = plans.filter((plan) => plan.scaledWidth < 65);
    expect(small.length).toBeGreaterThan(50);
    for (const plan of small) expect([plan.left, plan.contentWidth]).toEqual([0, plan.scaledWidth]);
  });
});

describe('resolveAugment', () => {
  it('fills in DeepLab’s defaults', () => {
    expect(resolveAugment({ baseSize: null, cropSize: 513 })).toMatchObject({ scale: [0.5, 2], flip: 0.5 });
  });

  it.each([
    [{ cropSize: 0 }, 'augment.cropSize is 0'],
    [{ baseSize: 12.5 }, 'augment.baseSize is 12.5'],
    [{ scale: [2, 0.5] as const }, 'augment.scale is 2 to 0.5'],
    [{ flip: 2 }, 'augment.flip is 2'],
    [{ maxClassShare: 0 }, 'augment.maxClassShare is 0'],
    [{ photometric: { hue: 200 } }, 'augment.photometric.hue is 200'],
  ])('refuses %o', (change, message) => {
    expect(() => resolveAugment({ baseSize: null, cropSize: 65, ...change })).toThrow(message);
  });
});

describe('placeMaskCrop', () => {
  // Void at the top, class 1 in the left half, background in the right.
  const mask = maskOf(300, 60, (x, y) => (y < 2 ? 255 : x < 150 ? 1 : 0));
  const place = (maxClassShare: number | null, draw: number): { plan: CropPlan; labels: Int32Array } => {
    const options = resolveAugment({ baseSize: null, cropSize: 33, scale: [1, 1], maxClassShare });
    const labels = new Int32Array(33 * 33 + 4).fill(255);
    const plan = placeMaskCrop(mask, options, randomAt(1, draw), {
      target: labels,
      offset: 4,
      ignoreLabel: 255,
    });
    return { plan, labels };
  };
  const share = (labels: Int32Array): number => {
    const count = (label: number): number => labels.filter((value) => value === label).length;
    return Math.max(count(0), count(1)) / (count(0) + count(1));
  };
  const draws = Array.from({ length: 200 }, (_, draw) => draw);

  it('is drawCrop without a cap, and where the first place will do', () => {
    const options = resolveAugment({ baseSize: null, cropSize: 33, scale: [1, 1] });
    for (const draw of draws) {
      const first = drawCrop(mask, options, randomAt(1, draw));
      expect(place(null, draw).plan).toEqual(first);
      if (share(place(null, draw).labels) < 0.75) expect(place(0.75, draw).plan).toEqual(first);
    }
  });

  it('draws places again until no class has more than its share, ten at most', () => {
    const over = (cap: number | null): number =>
      draws.filter((draw) => share(place(cap, draw).labels) >= 0.75).length / 200;
    // Between 0.25 and 0.75 of class 1: 16 or 17 of the 268 places across.
    const once = over(null);
    expect(Math.abs(once - (1 - 17 / 268))).toBeLessThan(0.04);
    expect(Math.abs(over(0.75) - once ** 10)).toBeLessThan(0.1);
  });

  it('keeps scale and mirroring, and writes the labels of the place it returns', () => {
    for (const draw of draws.slice(0, 40)) {
      const { plan, labels } = place(0.75, draw);
      const written = new Int32Array(labels.length).fill(255);
      writeMaskCrop(mask, plan, written, 4);
      expect(labels).toEqual(written);
      const { left, top, ...kept } = plan;
      expect(place(null, draw).plan).toMatchObject(kept);
      expect([left >= 0, top >= 0]).toEqual([true, true]);
    }
  });

  it('takes a picture that fits into the crop as it is', () => {
    const options = resolveAugment({ baseSize: null, cropSize: 301, scale: [1, 1], maxClassShare: 0.1 });
    const plan = drawCrop(mask, options, randomAt(2));
    const labels = { target: new Int32Array(301 ** 2).fill(255), offset: 0, ignoreLabel: 255 };
    expect(placeMaskCrop(mask, options, randomAt(2), labels)).toEqual(plan);
  });
});

describe('distorted colours', () => {
  it('change the picture’s pixels and leave the padding', () => {
    const image = picture(3, 2, () => [100, 50, 200]);
    const mask = maskOf(3, 2, () => 0);
    const plan = drawCrop(
      mask,
      resolveAugment({ baseSize: null, cropSize: 4, scale: [1, 1], flip: 0 }),
      randomAt(0),
    );
    const pixels = new Float32Array(48).fill(PADDING);
    const colours = { brightness: 30, contrast: null, contrastFirst: true, saturation: null, hue: null };
    writeImageCrop(image, plan, plain, pixels, 0, colours);
    [130, 80, 230].forEach((value, c) => expect(pixels[c]).toBeCloseTo(value, 3));
    expect([...pixels.subarray(9, 12)]).toEqual([PADDING, PADDING, PADDING]);
  });
});
