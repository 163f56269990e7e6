import { describe, expect, it } from 'vitest';
import { row } from '../matrix.ts';
import { madeMatrix } from '../testing/made-answers.ts';
import { accuracy, crossEntropies, entropy, predictedClasses, softmax } from './probabilities.ts';

const logits = madeMatrix(4, 3, (i, k) => Math.sin(0.7 * (3 * i + k)));

describe('answers on the host', () => {
  it('have probabilities that sum to 1, also of logits too large for exp', () => {
    const [even = 0, sure = 0, none = 0] = softmax(
      madeMatrix(1, 3, (_, k) => [1000, 1000, -1000][k] ?? 0),
    ).data;
    expect([even, sure, none]).toEqual([0.5, 0.5, 0]);
    expect(row(softmax(logits), 2).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
  });

  it('name the first of the highest logits', () => {
    expect([...predictedClasses(logits)]).toEqual([2, 0, 2, 2]);
    expect([...predictedClasses(madeMatrix(1, 3, (_, k) => (k > 0 ? 1 : 0)))]).toEqual([1]);
  });

  it('have the cross-entropies and the accuracy that NumPy finds', () => {
    const losses = crossEntropies(logits, Int32Array.of(2, 0, 1, 1));
    [0.73436841, 0.63480912, 1.26356409, 1.07151995].forEach((value, i) =>
      expect(losses[i]).toBeCloseTo(value, 6),
    );
    expect(accuracy(logits, Int32Array.of(2, 0, 1, 1))).toBe(0.5);
    expect(
      crossEntropies(
        madeMatrix(1, 2, (_, k) => 1000 * k),
        Int32Array.of(0),
      )[0],
    ).toBe(1000);
  });

  it('have an entropy of 0 where one class is certain', () => {
    expect(entropy([1, 0, 0])).toBe(0);
    expect(entropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4), 12);
  });

  it('refuse labels of other images, and labels that are no class', () => {
    expect(() => accuracy(logits, Int32Array.of(1))).toThrow(/1 labels for the logits of 4 images/);
    expect(() =>
      accuracy(
        madeMatrix(0, 3, () => 0),
        new Int32Array(0),
      ),
    ).toThrow(/at least one image/);
    expect(() => crossEntropies(logits, Int32Array.of(0, 1, 2, 3))).toThrow(/Image 3 has the label 3.*0…2/);
  });
});
