import { expect, it } from 'vitest';
import { classShares } from './class-shares.ts';

it('has the classes that occur, the largest first', () => {
  const mask = { width: 4, height: 2, data: Uint8Array.of(0, 2, 2, 2, 2, 1, 0, 7) };
  expect(classShares(mask, ['background', 'cat', 'dog'])).toEqual([
    { index: 2, name: 'dog', pixels: 4, share: 0.5 },
    { index: 0, name: 'background', pixels: 2, share: 0.25 },
    { index: 1, name: 'cat', pixels: 1, share: 0.125 },
    { index: 7, name: 'class 7', pixels: 1, share: 0.125 },
  ]);
});
