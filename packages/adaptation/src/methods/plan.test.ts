import { describe, expect, it } from 'vitest';
import { singleStage, twoStages } from './plan.ts';
import { sourceOnly } from './source-only.ts';

const method = sourceOnly();

describe('plans', () => {
  it('are one stage of all steps for a plain method', () => {
    expect(singleStage(method, 7)).toEqual({ stages: [{ method, steps: 7 }] });
  });

  it.each([
    [10, 0.5, [5, 5]],
    [10, 0.01, [1, 9]],
    [3, 0.9, [2, 1]],
    [2, 0.99, [1, 1]],
  ])('share %d steps by %d, with one step a stage at least', (steps, share, wanted) => {
    const stages = twoStages(method, method, { steps }, share);
    expect(stages.map((stage) => stage.steps)).toEqual(wanted);
  });

  it('refuse steps and shares that make no stage', () => {
    expect(() => singleStage(method, 0)).toThrow('needs a whole number of steps from 1, and it got 0.');
    expect(() => twoStages(method, method, { steps: 1 }, 0.5)).toThrow(/steps from 2, and it got 1/);
    expect(() => twoStages(method, method, { steps: 9 }, 1)).toThrow(/above 0 and below 1, and it is 1/);
  });
});
