import { describe, expect, it } from 'vitest';
import { drawErasing, eraseBox, type ErasedBox, type RandomErasing } from './random-erasing.ts';
import { randomAt } from './random.ts';

const erase: RandomErasing = { probability: 1, scale: [0.02, 0.4], ratio: [0.3, 1 / 0.3], fill: 'noise' };
const draws = (options: Partial<RandomErasing>, count = 2000): (ErasedBox | null)[] =>
  Array.from({ length: count }, (_, i) =>
    drawErasing({ height: 100, width: 200 }, { ...erase, ...options }, randomAt(8, i)),
  );
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

describe('drawErasing', () => {
  it('draws boxes inside the image, of the wanted shares and ratios', () => {
    const boxes = draws({ scale: [0.02, 0.2] }).filter((box) => box !== null);
    expect(boxes).toHaveLength(2000);
    for (const { left, top, width, height } of boxes) {
      expect(left >= 0 && top >= 0 && left + width <= 200 && top + height <= 100).toBe(true);
    }
    const shares = boxes.map(({ width, height }) => (width * height) / 20_000);
    // Rounding to pixels moves both.
    expect([Math.min(...shares) > 0.018, Math.max(...shares) < 0.204]).toEqual([true, true]);
    expect(Math.abs(mean(shares) - 0.11)).toBeLessThan(0.005);
    const ratios = boxes.map(({ width, height }) => height / width);
    expect([Math.min(...ratios) > 0.28, Math.max(...ratios) < 3.6]).toEqual([true, true]);
    expect(Math.abs(mean(ratios.map(Math.log)))).toBeLessThan(0.06);
  });

  it('erases as often as asked', () => {
    expect(Math.abs(draws({ probability: 0.3 }).filter((box) => box !== null).length - 600)).toBeLessThan(90);
    expect(new Set(draws({ probability: 0 }, 50))).toEqual(new Set([null]));
  });

  it('erases nothing where no box fits', () => {
    expect(new Set(draws({ scale: [1, 1], ratio: [3, 3] }, 50))).toEqual(new Set([null]));
  });
});

describe('eraseBox', () => {
  const box = { left: 1, top: 1, width: 2, height: 1 };

  it('overwrites the box alone with zeros', () => {
    const image = new Float32Array(24).fill(7);
    eraseBox(image, { width: 4, channels: 3 }, { ...box, height: 1 }, 'zero', randomAt(1));
    const erased = [...image].flatMap((value, i) => (value === 0 ? [i] : []));
    expect(erased).toEqual([15, 16, 17, 18, 19, 20]);
  });

  it('or with normal numbers, one for each value', () => {
    const image = new Float32Array(100 * 100);
    eraseBox(
      image,
      { width: 100, channels: 1 },
      { left: 0, top: 0, width: 100, height: 100 },
      'noise',
      randomAt(2),
    );
    const values = [...image];
    expect(new Set(values).size).toBeGreaterThan(9900);
    expect(Math.abs(mean(values))).toBeLessThan(0.04);
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(0.06);
  });
});
