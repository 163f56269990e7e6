import { describe, expect, it } from 'vitest';
import { permutation, randomAt } from './random.ts';

const draws = (...address: number[]): number[] => {
  const random = randomAt(...address);
  return Array.from({ length: 4 }, () => random.integer(0, 999_999));
};

describe('randomAt', () => {
  it('gives the same numbers for the same address and others for its neighbours', () => {
    expect(draws(1, 2, 3)).toEqual(draws(1, 2, 3));
    const neighbours = [
      draws(1, 2, 3),
      draws(1, 2, 4),
      draws(1, 3, 2),
      draws(2, 2, 3),
      draws(1, 2),
      draws(1, 2, 3, 0),
    ];
    expect(new Set(neighbours.map(String)).size).toBe(neighbours.length);
  });

  it('stays the same over releases, or stored runs could not be resumed', () => {
    expect(draws(0)).toMatchInlineSnapshot(`
      [
        67032,
        765740,
        888890,
        756786,
      ]
    `);
    expect(draws(7, 11, 13)).toMatchInlineSnapshot(`
      [
        143691,
        716115,
        169202,
        975913,
      ]
    `);
  });

  it('tells large seeds apart beyond 32 bits', () => {
    expect(draws(5)).not.toEqual(draws(5 + 2 ** 32));
  });

  it('is uniform over nearby addresses, not only within one', () => {
    const mean =
      Array.from({ length: 4000 }, (_, i) => randomAt(3, 0, i).uniform(-1, 1)).reduce((a, b) => a + b) / 4000;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(3 * 4000));
  });
});

describe('permutation', () => {
  it('holds every index once', () => {
    const order = permutation(50, randomAt(1));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...order]).not.toEqual([...permutation(50, randomAt(2))]);
  });

  it('reaches every order equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(3, randomAt(9, i)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
