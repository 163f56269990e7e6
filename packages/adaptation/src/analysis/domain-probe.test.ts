import { describe, expect, it } from 'vitest';
import { madeAnswers, madeMatrix } from '../testing/made-answers.ts';
import { fitDomainProbe, splitForProbe } from './domain-probe.ts';

const source = madeMatrix(12, 3, (i, j) => Math.sin(1 + 3 * i + j) + 0.4 * j);
const target = madeMatrix(7, 3, (i, j) => Math.cos(0.5 * (3 * i + j)) + 0.3);

describe('the domain probe', () => {
  it('is the one that scikit-learn finds, with unequal counts', () => {
    // LogisticRegression(C=100, tol=1e-12) of scikit-learn 1.9.1 on the standardized features, sample weights 0.5/n of each domain.
    const probe = fitDomainProbe({ source, target }, 0.01);
    const [first, second, third] = probe.logits(source);
    [
      [first, 0.31681591],
      [second, -1.58681956],
      [third, -0.2736424],
      [probe.logits(target)[0], 0.68368528],
      [probe.logits(target)[1], 1.61082692],
    ].forEach(([got, wanted]) => expect(got).toBeCloseTo(wanted as number, 4));
    [0.40097434, 0.7567129, -1.59646445, -0.03872374].forEach((value, j) =>
      expect(probe.weights.values[j]).toBeCloseTo(value, 4),
    );
  });

  it('is the same whatever it started from', () => {
    const strong = fitDomainProbe({ source, target }, 1);
    const probe = fitDomainProbe({ source, target }, 0.01, strong.weights);
    expect(probe.weights.values[0]).toBeCloseTo(0.40097434, 4);
  });

  it('bounds what it says, and does without a feature that never changes', () => {
    const apart = {
      source: madeMatrix(20, 2, (i, j) => (j === 0 ? 5 : i / 20)),
      target: madeMatrix(20, 2, (i, j) => (j === 0 ? 5 : 1e6 + i / 20)),
    };
    const probe = fitDomainProbe(apart, 0);
    expect(probe.weights.values[0]).toBe(0);
    const far = probe.logits(madeMatrix(1, 2, (_, j) => (j === 0 ? 5 : 1e12)));
    expect([...far]).toEqual([20]);
  });

  it('is fitted to four fifths of each domain and judged by the rest', () => {
    const features = { source: madeAnswers(50).features, target: madeAnswers(31).features };
    const { fitted, heldOut } = splitForProbe(features, 40, 1);
    expect([fitted, heldOut].map((part) => [part.source.rows, part.target.rows])).toEqual([
      [32, 25],
      [8, 6],
    ]);
    const rows = new Set(
      [fitted.target, heldOut.target].flatMap(({ rows: n, columns, data }) =>
        Array.from({ length: n }, (_, i) => String(data.subarray(i * columns, (i + 1) * columns))),
      ),
    );
    expect(rows.size).toBe(31);
  });

  it('refuses domains it cannot tell apart for want of images, or of one width', () => {
    const few = madeMatrix(4, 3, () => 1);
    expect(() => splitForProbe({ source, target: few }, 100, 1)).toThrow(/at least 5 .* got 4 of the target/);
    expect(() => splitForProbe({ source: few, target }, 100, 1)).toThrow(/got 4 of the source/);
    expect(() => fitDomainProbe({ source, target: madeMatrix(9, 2, () => 1) }, 1)).toThrow(
      /12×3 and 9×2: give features of both domains from one layer/,
    );
    expect(() => fitDomainProbe({ source, target: madeMatrix(0, 3, () => 1) }, 1)).toThrow(/0×3/);
  });
});
