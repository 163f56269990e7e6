import { describe, expect, it } from 'vitest';
import { allocateCache } from './pixel-cache.ts';
import { SampleCache } from './sample-cache.ts';
import { maskOf, picture } from '../datasets/tiny-voc.test.fixture.ts';

const sample = (seed: number, width = 400, height = 300) => ({
  image: picture(width, height, (x, y) => [x % 256, y % 256, seed]),
  mask: maskOf(width, height, (x) => (x + seed) % 21),
});

describe('SampleCache', () => {
  it('gives back what was put in, to whoever shares the memory', () => {
    const memory = allocateCache(3, 1);
    new SampleCache(memory).put(1, sample(7));
    new SampleCache(memory).put(2, sample(8, 10, 20));
    const other = new SampleCache(memory);
    expect(other.get(0)).toBeNull();
    expect(other.get(1)).toEqual(sample(7));
    expect(other.get(2)).toEqual(sample(8, 10, 20));
  });

  it('keeps the first, and leaves out what does not fit', () => {
    const cache = new SampleCache(allocateCache(4, 1));
    cache.put(0, sample(1));
    cache.put(0, sample(2));
    expect(cache.get(0)).toEqual(sample(1));
    // 480,000 bytes each, of 2^20.
    cache.put(1, sample(3));
    cache.put(2, sample(4));
    cache.put(3, sample(5, 20, 20));
    expect([1, 2, 3].map((index) => cache.get(index) !== null)).toEqual([true, false, true]);
  });

  it('uses memory beyond its first piece', () => {
    const { slabs } = allocateCache(1, 300);
    expect(slabs.map(({ byteLength }) => byteLength / 2 ** 20)).toEqual([256, 44]);
  });
});
