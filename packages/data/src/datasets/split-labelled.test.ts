import { describe, expect, it } from 'vitest';
import type { LabelledImages } from './image-set.ts';
import { splitLabelled } from './split-labelled.ts';
import { memorySet } from './tiny-images.test.fixture.ts';

/** 10 images of class 0, 5 of class 1, 1 of class 2. */
const uneven: LabelledImages = {
  ...memorySet(16),
  classes: ['a', 'b', 'c'],
  labels: Int32Array.from({ length: 16 }, (_, i) => (i < 10 ? 0 : i < 15 ? 1 : 2)),
};
const counts = ({ labels }: LabelledImages): number[] =>
  [0, 1, 2].map((label) => labels.filter((value) => value === label).length);

describe('splitLabelled', () => {
  it('takes its share of every class, and every image once', () => {
    const [rest, share] = splitLabelled(uneven, { share: 0.2, seed: 1 });
    expect([counts(rest), counts(share)]).toEqual([
      [8, 4, 1],
      [2, 1, 0],
    ]);
    expect([...rest.ids, ...share.ids].sort()).toEqual([...uneven.ids].sort());
    for (const part of [rest, share]) {
      part.ids.forEach((id, i) => expect(part.labels[i]).toBe(uneven.labels[uneven.ids.indexOf(id)]));
    }
  });

  it('leaves at least one of a class in either part', () => {
    expect(splitLabelled(uneven, { share: 0.01, seed: 1 }).map(counts)).toEqual([
      [9, 4, 1],
      [1, 1, 0],
    ]);
    expect(splitLabelled(uneven, { share: 0.99, seed: 1 }).map(counts)).toEqual([
      [1, 1, 1],
      [9, 4, 0],
    ]);
  });

  it('depends on the seed alone', () => {
    const taken = (seed: number) => splitLabelled(uneven, { share: 0.5, seed })[1].ids.join();
    expect(taken(3)).toBe(taken(3));
    expect(new Set([1, 2, 3, 4, 5].map(taken)).size).toBeGreaterThan(2);
  });

  it('refuses an impossible share, and a set that has nothing to split', () => {
    expect(() => splitLabelled(uneven, { share: 0, seed: 1 })).toThrow('share is 0');
    expect(() => splitLabelled(memorySet(2), { share: 0.5, seed: 1 })).toThrow(
      'numbers cannot be split: no class has two images or more.',
    );
  });
});
