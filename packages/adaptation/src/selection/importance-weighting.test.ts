import { describe, expect, it } from 'vitest';
import { seededRandom } from '../analysis/seeded-random.ts';
import { madeAnswers, madeMatrix } from '../testing/made-answers.ts';
import { deepEmbeddedRisk, deepEmbeddedScore } from './deep-embedded-validation.ts';
import { densityRatio } from './density-ratio.ts';
import { importanceWeightedRisk, importanceWeightedScore } from './importance-weighted-validation.ts';
import type { ValidatorInput } from './validator.ts';

/** Two kinds of images, told by the first feature; the share of the second kind differs between the domains. */
function kinds(n: number, share: number, seed: number): ReturnType<typeof madeMatrix> {
  const random = seededRandom(seed);
  return madeMatrix(n, 2, (i, j) => (j === 0 ? (i < n * share ? 1 : 0) : random()));
}

/** 20 % of the source are of the second kind and 60 % of the target; `right` are those answered well. */
function input(right: 'first kind' | 'second kind'): ValidatorInput {
  const features = kinds(100, 0.2, 3);
  const labels = new Int32Array(100);
  const isRight = (i: number): boolean => (right === 'second kind') === i < 20;
  return {
    sourceValidation: {
      features,
      labels,
      logits: madeMatrix(100, 2, (i, k) => (k === (isRight(i) ? 0 : 1) ? 3 : 0)),
    },
    sourceTraining: kinds(900, 0.2, 1),
    target: { features: kinds(500, 0.6, 2), logits: madeMatrix(500, 2, () => 0) },
    seed: 1,
  };
}

describe('validation weighted by importance', () => {
  it('estimates how much likelier an image is in the target, with unequal counts', () => {
    const ratio = densityRatio(input('first kind'));
    // 0.6 / 0.2 of the second kind, 0.4 / 0.8 of the first.
    expect(ratio[0]).toBeGreaterThan(2.4);
    expect(ratio[0]).toBeLessThan(3.6);
    expect(ratio[50]).toBeGreaterThan(0.4);
    expect(ratio[50]).toBeLessThan(0.6);
  });

  it('is deterministic, and does the work once for the same answers', () => {
    const answers = input('first kind');
    expect(densityRatio(answers)).toBe(densityRatio(answers));
    expect(densityRatio(input('first kind'))).toEqual(densityRatio(answers));
  });

  it('prefers the network that answers well what the target has more of, where plain validation would not', () => {
    // Plain accuracies on the source: 80 % and 20 %; weighted as in the target: 40 % and 60 %.
    for (const score of [importanceWeightedScore, deepEmbeddedScore])
      expect(score(input('second kind'))).toBeGreaterThan(score(input('first kind')));
  });

  it('has the risks that NumPy finds', () => {
    const weights = Float64Array.of(0.5, 2, 1.5, 0.25, 1.75);
    const losses = Float64Array.of(0.1, 1.2, 0.3, 0.05, 0.9);
    expect(importanceWeightedRisk(weights, losses)).toBeCloseTo(0.8975, 12);
    expect(deepEmbeddedRisk(weights, losses)).toBeCloseTo(0.660438144329897, 12);
    expect(deepEmbeddedRisk(Float64Array.of(1, 1), Float64Array.of(1, 2))).toBe(1.5);
  });

  it('reaches features that are wide by a sketch', () => {
    const widened = ({ rows, data }: ReturnType<typeof madeMatrix>): ReturnType<typeof madeMatrix> =>
      madeMatrix(rows, 400, (i, j) => (j === 0 ? (data[2 * i] ?? 0) : 0));
    const { sourceValidation, sourceTraining, target, seed } = input('first kind');
    const ratio = densityRatio({
      sourceValidation: { ...sourceValidation, features: widened(sourceValidation.features) },
      sourceTraining: widened(sourceTraining),
      target: { ...target, features: widened(target.features) },
      seed,
    });
    expect(ratio[0]).toBeGreaterThan(2.4);
    expect(ratio[50]).toBeLessThan(0.6);
  });

  it('refuses too few images to fit to', () => {
    const few = { ...input('first kind'), target: madeAnswers(3) };
    expect(() =>
      densityRatio({ ...few, target: { ...few.target, features: madeMatrix(3, 2, () => 0) } }),
    ).toThrow(/at least 5 images of each domain, and it got 3 of the target/);
  });
});
