import { describe, expect, it } from 'vitest';
import { chooseStep } from './choose-step.ts';

describe('the step that a validator would have chosen', () => {
  it('is the one with the highest score, by each validator for itself', () => {
    const evaluations = [
      { step: 100, validators: { snd: 1, entropy: -3 } },
      { step: 200, validators: { snd: 2, entropy: -2 } },
      { step: 300, validators: { snd: 1.5, entropy: -1 } },
    ];
    expect(chooseStep(evaluations)).toEqual({ snd: 200, entropy: 300 });
  });

  it('is the earliest of equal ones, in whatever order they come', () => {
    const evaluations = [300, 100, 200].map((step) => ({ step, validators: { sourceAccuracy: 1 } }));
    expect(chooseStep(evaluations)).toEqual({ sourceAccuracy: 100 });
  });

  it('passes over scores that are not finite, as JSON brings them back too', () => {
    const read = JSON.parse('{ "step": 50, "validators": { "dev": null, "iwcv": -1 } }') as {
      step: number;
      validators: { dev: number; iwcv: number };
    };
    expect(chooseStep([read, { step: 60, validators: { dev: NaN, iwcv: Infinity } }])).toEqual({ iwcv: 50 });
    expect(chooseStep([])).toEqual({});
  });
});
