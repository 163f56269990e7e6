// Focal, Dice and Lovász loss against their formulas in float64.

import { describe, expect, it } from 'vitest';
import {
  LABELS,
  LOGITS,
  lossValues,
  referencePixels,
  total,
  type ReferencePixel,
} from '../testing/loss-case.ts';
import { crossEntropyLoss } from './cross-entropy.ts';
import { diceLoss } from './dice.ts';
import { focalLoss } from './focal.ts';
import { lovaszLoss } from './lovasz.ts';

const pixels = referencePixels();
const present = [0, 1, 2];
const certain = LABELS.map((label) => [0, 1, 2, 3].map((c) => (c === label ? 40 : -40)));

describe('focalLoss', () => {
  it.each([0.5, 1, 2, 3])('with gamma %d fades with certainty', async (gamma) => {
    const expected = pixels.map(({ loss }) => (1 - Math.exp(-loss)) ** gamma * loss);
    const { loss } = await lossValues((x, y) => focalLoss(x, y, { gamma }));
    expect(loss).toBeCloseTo(total(expected) / pixels.length, 5);
  });

  it('with gamma 0 is cross-entropy, weights and hard pixels included', async () => {
    const options = { classWeights: [0.5, 2, 1.5, 3], keptShare: 0.5 };
    const focal = await lossValues((x, y) => focalLoss(x, y, { ...options, gamma: 0 }));
    const entropy = await lossValues((x, y) => crossEntropyLoss(x, y, options));
    expect(focal.loss).toBeCloseTo(entropy.loss, 5);
    focal.gradient.forEach((g, i) => expect(g).toBeCloseTo(entropy.gradient[i] ?? NaN, 5));
  });

  it('refuses a gamma that is no exponent', async () => {
    await expect(async () => lossValues((x, y) => focalLoss(x, y, { gamma: -1 }))).rejects.toThrow(
      'gamma must be a number of 0 or above, and it is -1',
    );
  });
});

/** The mean over the classes that occur of `perClass`. */
const meanOverPresent = (perClass: (c: number) => number): number =>
  total(present.map(perClass)) / present.length;

describe('diceLoss', () => {
  it('is one minus the overlap, averaged over the classes that occur', async () => {
    const expected = meanOverPresent((c) => {
      const of = (weigh: (pixel: ReferencePixel) => number): number => total(pixels.map(weigh));
      const overlap = of(({ s, label }) => (label === c ? (s[c] ?? NaN) : 0));
      return 1 - (2 * overlap) / of(({ s, label }) => (s[c] ?? NaN) + Number(label === c));
    });
    expect((await lossValues((x, y) => diceLoss(x, y))).loss).toBeCloseTo(expected, 5);
  });

  it('is 0 for the truth', async () => {
    expect((await lossValues((x, y) => diceLoss(x, y), LABELS, certain)).loss).toBeCloseTo(0, 6);
  });
});

/** As the paper writes it: the Jaccard loss of sets that grow by one wrong pixel at a time, in float64. */
function lovaszReference(c: number, among: readonly ReferencePixel[]): number {
  const errors = among.map(({ s, label }) => ({
    isTrue: label === c,
    error: label === c ? 1 - (s[c] ?? NaN) : (s[c] ?? NaN),
  }));
  errors.sort((a, b) => b.error - a.error);
  const jaccard = (wrong: number): number => {
    const missed = errors.slice(0, wrong).filter(({ isTrue }) => isTrue).length;
    const all = errors.filter(({ isTrue }) => isTrue).length;
    return 1 - (all - missed) / (all + wrong - missed);
  };
  return total(errors.map(({ error }, i) => error * (jaccard(i + 1) - jaccard(i))));
}

describe('lovaszLoss', () => {
  it('is the Lovász extension of the Jaccard loss, averaged over the classes that occur', async () => {
    const { loss } = await lossValues((x, y) => lovaszLoss(x, y));
    expect(loss).toBeCloseTo(
      meanOverPresent((c) => lovaszReference(c, pixels)),
      5,
    );
  });

  it('is 1 − IoU where every answer is certain', async () => {
    const answers = LABELS.map((_, p) => p % 3);
    const rows = answers.map((answer) => [0, 1, 2, 3].map((c) => (c === answer ? 40 : -40)));
    const valid = LABELS.flatMap((label, p) => (label === 255 ? [] : [[label, answers[p]] as const]));
    const expected = meanOverPresent((c) => {
      const both = valid.filter(([label, answer]) => label === c && answer === c).length;
      const either = valid.filter(([label, answer]) => label === c || answer === c).length;
      return 1 - both / either;
    });
    expect((await lossValues((x, y) => lovaszLoss(x, y), LABELS, rows)).loss).toBeCloseTo(expected, 5);
    expect((await lossValues((x, y) => lovaszLoss(x, y), LABELS, certain)).loss).toBeCloseTo(0, 6);
  });

  it('does not depend on where void pixels stand', async () => {
    const order = LABELS.map((_, p) => p).sort(
      (a, b) => Number(LABELS[b] === 255) - Number(LABELS[a] === 255),
    );
    const moved = await lossValues(
      (x, y) => lovaszLoss(x, y),
      order.map((p) => LABELS[p] ?? NaN),
      order.map((p) => LOGITS[p] ?? []),
    );
    expect(moved.loss).toBeCloseTo((await lossValues((x, y) => lovaszLoss(x, y))).loss, 6);
  });
});
