import { describe, expect, it } from 'vitest';
import { drawMixup, mixImages } from './mixup.ts';

const drawn = { seed: 3, step: 7, count: 8, alpha: 1 };

describe('drawMixup', () => {
  it('is a permutation and one share, a pure function of seed and step', () => {
    const mixup = drawMixup(drawn);
    expect([...mixup.partners].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(drawMixup(drawn)).toEqual(mixup);
    for (const other of [{ step: 8 }, { seed: 4 }]) {
      expect(drawMixup({ ...drawn, ...other }).share).not.toBe(mixup.share);
      expect(drawMixup({ ...drawn, ...other }).partners).not.toEqual(mixup.partners);
    }
  });

  it('draws shares from Beta(α, α): uniform at 1, near 0 and 1 below it', () => {
    const middling = (alpha: number): number =>
      Array.from({ length: 2000 }, (_, step) => drawMixup({ ...drawn, step, alpha }).share).filter(
        (share) => share > 0.1 && share < 0.9,
      ).length;
    expect(Math.abs(middling(1) - 1600)).toBeLessThan(80);
    // 0.3266 of Beta(0.2, 0.2) lies between, by numerical integration.
    expect(Math.abs(middling(0.2) - 653)).toBeLessThan(80);
  });

  it.each([
    [{ alpha: 0 }, 'mixup.alpha is 0, but a positive number is wanted: leave mixup out'],
    [{ alpha: Infinity }, 'mixup.alpha is Infinity'],
    [{ count: 0 }, 'count is 0, but a whole number of at least 1'],
    [{ step: -1 }, 'step is -1'],
    [{ seed: 0.5 }, 'seed is 0.5'],
  ])('refuses %o', (change, message) => {
    expect(() => drawMixup({ ...drawn, ...change })).toThrow(message);
  });
});

describe('mixImages', () => {
  const images = Float32Array.of(0, 1, 10, 11, 20, 21);

  it('blends every image with its partner', () => {
    const mixed = mixImages(images, [3, 1, 2, 1], { partners: Int32Array.of(2, 1, 0), share: 0.75 });
    expect([...mixed]).toEqual([5, 6, 10, 11, 15, 16]);
    expect([...images]).toEqual([0, 1, 10, 11, 20, 21]);
  });

  it('refuses a mixture of another batch', () => {
    expect(() => mixImages(images, [3, 1, 2, 1], { partners: Int32Array.of(0, 1), share: 0.5 })).toThrow(
      'A mixture of 2 images was drawn, but the batch has the shape [3, 1, 2, 1] and 6 values',
    );
    expect(() => mixImages(images, [2, 1, 2, 1], { partners: Int32Array.of(0, 1), share: 0.5 })).toThrow(
      'the shape [2, 1, 2, 1] and 6 values',
    );
  });
});
