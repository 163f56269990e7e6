import { describe, expect, it } from 'vitest';
import { topKCorrect } from './top-k.ts';

const count = (rows: number[][], labels: number[], ks: number[]): number[] =>
  topKCorrect(Float32Array.from(rows.flat()), Int32Array.from(labels), ks);

describe('topKCorrect', () => {
  it('counts the images whose class is among the k highest logits', () => {
    const row = [0.1, 4, -2, 3];
    expect(count([row, row, row, row], [1, 3, 0, 2], [1, 2, 3, 4, 9])).toEqual([1, 2, 3, 4, 4]);
  });

  it('counts a tie against the answer', () => {
    expect(count([[0, 0, 0]], [1], [1, 2, 3])).toEqual([0, 0, 1]);
    expect(count([[5, 5, 1]], [0], [1, 2])).toEqual([0, 1]);
  });

  it('never counts an image with a NaN, wherever it is', () => {
    const rows = [
      [NaN, 1, 2],
      [1, NaN, 2],
      [-Infinity, 1, Infinity],
    ];
    expect(count(rows, [2, 1, 2], [1, 3])).toEqual([1, 1]);
  });

  it('counts nothing of no images', () => {
    expect(count([], [], [1, 5])).toEqual([0, 0]);
  });

  it('refuses what does not fit', () => {
    expect(() => count([[1, 2, 3]], [0, 1], [1])).toThrow('got 3 logits and 2 labels');
    expect(() => count([[1, 2, 3]], [], [1])).toThrow('got 3 logits and 0 labels');
    expect(() =>
      count(
        [
          [1, 2],
          [3, 4],
        ],
        [0, 2],
        [1],
      ),
    ).toThrow('got label 2 of image 1, and the network has 2 classes: give a label from 0 to 1.');
    expect(() => count([[1, 2]], [-1], [1])).toThrow('got label -1');
    expect(() => count([[1, 2]], [0], [1, 0])).toThrow('got k 0: give whole numbers from 1 on.');
    expect(() => count([[1, 2]], [0], [1.5])).toThrow('got k 1.5');
  });
});
