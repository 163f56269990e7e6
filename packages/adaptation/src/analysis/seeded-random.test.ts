import { describe, expect, it } from 'vitest';
import { sampled, seededRandom, shuffled } from './seeded-random.ts';

const draws = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

describe('random choices by a seed', () => {
  it('are the same for one seed and unrelated for its neighbour', () => {
    expect(draws(3, 5)).toEqual(draws(3, 5));
    const [first, second] = [draws(3, 4000), draws(4, 4000)];
    const covariance = first.reduce((sum, a, i) => sum + (a - 0.5) * ((second[i] ?? 0) - 0.5), 0) / 4000;
    // Of independent uniform numbers: standard deviation 1/12/√4000 = 0.0013.
    expect(Math.abs(covariance)).toBeLessThan(0.006);
  });

  it('are uniform in [0, 1)', () => {
    const tenths = new Float64Array(10);
    for (const value of draws(0, 10_000))
      tenths[Math.floor(10 * value)] = (tenths[Math.floor(10 * value)] ?? NaN) + 1;
    // 1000 expected, standard deviation 30.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('shuffle every place once', () => {
    const order = shuffled(100, 5);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...shuffled(100, 6)]);
  });

  it('sample in ascending order, and everything where there is no more', () => {
    expect([...sampled(3, 5, 1)]).toEqual([0, 1, 2]);
    const some = [...sampled(1000, 50, 1)];
    expect(new Set(some).size).toBe(50);
    expect(some).toEqual([...some].sort((a, b) => a - b));
    expect(some.at(-1)).toBeGreaterThan(800);
  });
});
