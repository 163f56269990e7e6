import { describe, expect, it } from 'vitest';
import { madeAnswers, madeMatrix, goldenLogits } from '../testing/made-answers.ts';
import { classAmiScore } from './class-ami.ts';
import { informationMaximizationScore } from './information-maximization.ts';
import { nuclearNormScore } from './nuclear-norm.ts';
import { softNeighbourhoodDensity } from './soft-neighbourhood-density.ts';
import { targetEntropyScore } from './target-entropy.ts';

/** Answers of n images: all sure of class 0. */
const collapsed = madeMatrix(30, 3, (_, k) => (k === 0 ? 20 : 0));
const unsure = madeMatrix(30, 3, () => 0);
const right = madeAnswers(30, { sureness: 20 }).logits;

describe('scores of the target’s answers', () => {
  it('have the golden values, computed in float64 with NumPy from the formulas', () => {
    expect(targetEntropyScore(goldenLogits)).toBeCloseTo(-1.040685, 6);
    expect(informationMaximizationScore(goldenLogits)).toBeCloseTo(0.0517918, 6);
    expect(softNeighbourhoodDensity(goldenLogits, 0)).toBeCloseTo(0.764118, 5);
    expect(nuclearNormScore(goldenLogits)).toBeCloseTo(0.415185, 6);
  });

  it('are the higher the surer and the more diverse the answers are', () => {
    expect(targetEntropyScore(unsure)).toBeCloseTo(-Math.log(3), 6);
    expect(targetEntropyScore(right)).toBeCloseTo(0, 5);
    expect(informationMaximizationScore(right)).toBeCloseTo(Math.log(3), 5);
    expect(nuclearNormScore(right)).toBeCloseTo(Math.sqrt(3 / 30), 5);
    expect(nuclearNormScore(collapsed)).toBeCloseTo(Math.sqrt(1 / 30), 5);
    // Nine like it and twenty unlike it, against twenty-nine alike: the collapsed network wins, as the paper's score has it.
    expect(softNeighbourhoodDensity(right, 0)).toBeCloseTo(Math.log(9), 2);
    expect(softNeighbourhoodDensity(collapsed, 0)).toBeCloseTo(Math.log(29), 6);
  });

  it('do not fall for a network that answers one class, where they ask for diversity', () => {
    expect(targetEntropyScore(collapsed)).toBeCloseTo(0, 5);
    expect(informationMaximizationScore(collapsed)).toBeCloseTo(0, 5);
    expect(informationMaximizationScore(unsure)).toBeCloseTo(0, 5);
  });

  it('bound the work of neighbourhoods by a sample that the seed chooses', () => {
    const many = madeAnswers(2100).logits;
    const [one, same, other] = [1, 1, 2].map((seed) => softNeighbourhoodDensity(many, seed));
    expect(one).toBe(same);
    expect(one).not.toBe(other);
    expect(one).toBeCloseTo(other as number, 1);
    expect(
      softNeighbourhoodDensity(
        madeMatrix(1, 3, () => 1),
        0,
      ),
    ).toBe(0);
  });
});

describe('ClassAMI', () => {
  const { features, logits } = madeAnswers(60);

  it('is 1 where predicted classes are the groups of the features', () => {
    expect(classAmiScore({ features, logits }, 1)).toBeCloseTo(1, 10);
  });

  it('falls with every answer that leaves its group, and is 0 for one class', () => {
    const mixed = madeMatrix(60, 3, (i, k) => ((i < 30 ? i : i + 1) % 3 === k ? 1 : 0));
    const score = classAmiScore({ features, logits: mixed }, 1);
    expect(score).toBeGreaterThan(0.05);
    expect(score).toBeLessThan(0.6);
    const one = madeMatrix(60, 3, (_, k) => (k === 1 ? 1 : 0));
    expect(classAmiScore({ features, logits: one }, 1)).toBe(0);
  });

  it('works on features that are wide, all alike, or fewer than the classes', () => {
    const wide = madeMatrix(60, 600, (i, j) => (i % 3 === j % 3 ? 1 : 0));
    expect(classAmiScore({ features: wide, logits }, 1)).toBeCloseTo(1, 10);
    expect(classAmiScore({ features: madeMatrix(60, 4, () => 1), logits }, 1)).toBeCloseTo(0, 1);
    const two = madeAnswers(2);
    expect(classAmiScore(two, 1)).toBe(1);
  });
});
