import { expect, it } from 'vitest';
import { squaredDistances } from './distance-transform.ts';

/** The definition: the smallest of all distances. */
function reference(marked: readonly number[], width: number): number[] {
  const places = marked.flatMap((isMarked, i) => (isMarked === 0 ? [] : [i]));
  return marked.map((_, i) =>
    Math.min(
      ...places.map(
        (j) => ((i % width) - (j % width)) ** 2 + (Math.floor(i / width) - Math.floor(j / width)) ** 2,
      ),
    ),
  );
}

it.each([
  [1, 1],
  [7, 1],
  [1, 6],
  [13, 9],
  [8, 17],
])('is the exact distance to the nearest marked pixel on %i×%i', (width, height) => {
  for (const every of [1, 3, 11, 29]) {
    // A fixed pattern without a period of rows or columns.
    const marked = Array.from({ length: width * height }, (_, i) => Number((i * i + 5 * i) % every === 0));
    expect([...squaredDistances(marked, { width, height })]).toEqual(reference(marked, width));
  }
});

it('is infinite where nothing is marked', () => {
  expect([...squaredDistances([0, 0, 0, 0], { width: 2, height: 2 })]).toEqual(Array(4).fill(Infinity));
});
