import { describe, expect, it } from 'vitest';
import { madeAnswers, madeMatrix } from '../testing/made-answers.ts';
import { VALIDATOR_NAMES, type ValidatorInput } from './validator.ts';
import { VALIDATORS, validatorScores } from './validators.ts';

const input = (sureness: number, noise = 1): ValidatorInput => ({
  sourceValidation: madeAnswers(30, { sureness, noise, seed: 1 }),
  sourceTraining: madeAnswers(60, { sureness, noise, seed: 2 }).features,
  target: madeAnswers(45, { sureness, noise, seed: 3, shift: 0.2 }),
  seed: 1,
});

describe('validators', () => {
  it('are one for each name, in the order of the names', () => {
    expect(VALIDATORS.map(({ name }) => name)).toEqual(VALIDATOR_NAMES);
    expect(new Set(VALIDATORS.map(({ label }) => label)).size).toBe(VALIDATOR_NAMES.length);
  });

  it.each(VALIDATORS)('$label: higher for a good network than for one that guesses', ({ score }) => {
    expect(score(input(6))).toBeGreaterThan(score(input(0, 8)));
  });

  it.each(VALIDATORS)('$label: the same for the same answers and seed', ({ score }) => {
    expect(score(input(2))).toBe(score(input(2)));
  });

  it('score by the names that are asked for', () => {
    expect(Object.keys(validatorScores(input(1), ['bnm', 'entropy']))).toEqual(['entropy', 'bnm']);
    expect(Object.keys(validatorScores(input(1)))).toEqual(VALIDATOR_NAMES);
  });

  it('give NaN for a network that has diverged, and never hang in it', () => {
    const target = madeAnswers(45);
    target.features.data[7] = NaN;
    for (const score of Object.values(validatorScores({ ...input(1), target }))) expect(score).toBeNaN();
  });

  it('refuse answers that are missing or of different networks', () => {
    const [snd] = VALIDATORS.filter(({ name }) => name === 'snd');
    const good = input(1);
    const score = (change: Partial<ValidatorInput>): number => snd?.score({ ...good, ...change }) ?? 0;
    const { features, logits } = madeAnswers(9);
    expect(() => score({ target: { features, logits: madeMatrix(8, 3, () => 0) } })).toThrow(
      /features of 9 and logits of 8 target images/,
    );
    const none = {
      features: madeMatrix(0, 6, () => 0),
      logits: madeMatrix(0, 3, () => 0),
      labels: new Int32Array(0),
    };
    expect(() => score({ sourceValidation: none })).toThrow(/0 source validation images.*at least one/);
    expect(() => score({ sourceTraining: madeMatrix(9, 5, () => 0) })).toThrow(/widths 5, 6, 6/);
    expect(() => score({ target: { features, logits: madeMatrix(9, 4, () => 0) } })).toThrow(
      /3 and 4 classes/,
    );
    expect(logits.columns).toBe(3);
  });
});
