import { describe, expect, it } from 'vitest';
import { adjustedMutualInformation } from './mutual-information.ts';

const sixty = (group: (x: number) => number): number[] => Array.from({ length: 60 }, (_, x) => group(x));

describe('adjusted mutual information', () => {
  it('agrees with scikit-learn 1.9.1, adjusted_mutual_info_score', () => {
    const a = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 0, 1];
    const b = [0, 0, 1, 1, 1, 2, 2, 2, 0, 2, 0, 1];
    expect(adjustedMutualInformation(a, b)).toBeCloseTo(0.3500664905474484, 10);
    const u = sixty((x) => (7 * x) % 5);
    const v = sixty((x) => Math.floor(10 * Math.abs(Math.sin(x))) % 4);
    const thirds = sixty((x) => Math.floor(x / 20));
    const shifted = sixty((x) => Math.floor((x + 3) / 15));
    expect(adjustedMutualInformation(u, v)).toBeCloseTo(-0.04636663915270169, 10);
    expect(adjustedMutualInformation(thirds, shifted)).toBeCloseTo(0.6118575819652782, 10);
    expect(adjustedMutualInformation(thirds, v)).toBeCloseTo(-0.040071234400387866, 10);
    expect(adjustedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(-0.5, 10);
  });

  it('is 1 for the same grouping under other names, also of groups of one', () => {
    expect(adjustedMutualInformation([0, 0, 1, 1, 2], [7, 7, 3, 3, 5])).toBeCloseTo(1, 12);
    expect(adjustedMutualInformation([0, 1, 2, 3], [3, 2, 1, 0])).toBe(1);
  });

  it('is 0 where one grouping tells nothing, which a network that answers one class would win by', () => {
    expect(adjustedMutualInformation([0, 0, 0], [0, 1, 2])).toBe(0);
    expect(adjustedMutualInformation([0, 0, 0], [4, 4, 4])).toBe(0);
  });

  it('refuses groupings of different things', () => {
    expect(() => adjustedMutualInformation([0, 1], [0])).toThrow(/they are of 2 and 1/);
  });
});
