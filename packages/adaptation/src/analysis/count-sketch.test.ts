import { describe, expect, it } from 'vitest';
import { row } from '../matrix.ts';
import { madeMatrix } from '../testing/made-answers.ts';
import { countSketch } from './count-sketch.ts';

describe('the count sketch', () => {
  it('leaves features alone that are narrow enough', () => {
    const features = madeMatrix(2, 4, (i, j) => i + j);
    expect(countSketch(features, 4, 1)).toBe(features);
  });

  it('keeps every column once: its square sums to theirs where columns are one at a time', () => {
    const sketched = countSketch(
      madeMatrix(20, 20, (i, j) => (i === j ? 3 : 0)),
      5,
      2,
    );
    expect([sketched.rows, sketched.columns]).toEqual([20, 5]);
    for (let i = 0; i < 20; i++) {
      const values = [...row(sketched, i)].filter((value) => value !== 0);
      expect(values.map(Math.abs)).toEqual([3]);
    }
    expect(new Set(sketched.data).size).toBe(3); // −3, 0, 3: both signs
  });

  it('treats the same width alike', () => {
    const one = countSketch(
      madeMatrix(1, 20, (_, j) => j),
      5,
      2,
    );
    const other = countSketch(
      madeMatrix(3, 20, (_, j) => j),
      5,
      2,
    );
    expect([...row(other, 2)]).toEqual([...row(one, 0)]);
  });
});
