import { describe, expect, it } from 'vitest';
import {
  constantSchedule,
  cosineSchedule,
  inverseDecaySchedule,
  polySchedule,
  stepSchedule,
  withWarmUp,
} from './schedules.ts';

describe('schedules', () => {
  it('poly falls from the learning rate to the end, with power 0.9', () => {
    const schedule = polySchedule({ learningRate: 0.007, totalSteps: 100 });
    expect(schedule(0)).toBe(0.007);
    expect(schedule(50)).toBeCloseTo(0.007 * 0.5 ** 0.9, 12);
    expect(schedule(100)).toBe(0);
    expect(schedule(1000)).toBe(0);
    expect(polySchedule({ learningRate: 1, totalSteps: 10, end: 0.1, power: 1 })(5)).toBeCloseTo(0.55, 12);
  });

  it('cosine falls slowly, fast, slowly', () => {
    const schedule = cosineSchedule({ learningRate: 0.1, totalSteps: 300, end: 0.001 });
    // cos 60° = ½, cos 120° = −½.
    expect([0, 100, 150, 200, 300, 999, -5].map(schedule)).toEqual(
      [0.1, 0.001 + 0.099 * 0.75, 0.0505, 0.001 + 0.099 * 0.25, 0.001, 0.001, 0.1].map(
        (rate) => expect.closeTo(rate, 12) as number,
      ),
    );
    expect(cosineSchedule({ learningRate: 0.1, totalSteps: 7 })(7)).toBe(0);
  });

  it('step falls to a tenth, or another factor, at each milestone', () => {
    const schedule = stepSchedule({ learningRate: 0.1, milestones: [32_000, 48_000] });
    expect([0, 31_999, 32_000, 47_999, 48_000, 64_000].map(schedule)).toEqual(
      [0.1, 0.1, 0.01, 0.01, 0.001, 0.001].map((rate) => expect.closeTo(rate, 12) as number),
    );
    expect(stepSchedule({ learningRate: 1, milestones: [3], factor: 0.2 })(3)).toBe(0.2);
    expect(stepSchedule({ learningRate: 1, milestones: [] })(9)).toBe(1);
  });

  it('inverse decay falls by (1 + γ · step) to the power −0.75', () => {
    const schedule = inverseDecaySchedule({ learningRate: 0.01, gamma: 0.001 });
    expect(schedule(0)).toBe(0.01);
    expect(schedule(1000)).toBeCloseTo(0.01 * 2 ** -0.75, 12);
    expect(schedule(20_000)).toBeCloseTo(0.01 * 21 ** -0.75, 12);
    expect(inverseDecaySchedule({ learningRate: 1, gamma: 10, power: 0.5 })(8)).toBeCloseTo(1 / 9, 12);
    expect(inverseDecaySchedule({ learningRate: 1, gamma: 0 })(8)).toBe(1);
  });

  it('warm-up multiplies a line onto any schedule, then gets out of the way', () => {
    const schedule = withWarmUp(constantSchedule(0.1), { warmUpSteps: 4, startFactor: 0.2 });
    expect([0, 2, 4, 9].map(schedule)).toEqual([0.1 * 0.2, expect.closeTo(0.06, 12), 0.1, 0.1]);
    expect(withWarmUp(constantSchedule(0.1), { warmUpSteps: 0 })(0)).toBe(0.1);
  });

  it('refuses rates and lengths that make no sense', () => {
    expect(() => constantSchedule(0)).toThrow(/above 0/);
    expect(() => polySchedule({ learningRate: 1, totalSteps: 0 })).toThrow(/totalSteps/);
    expect(() => inverseDecaySchedule({ learningRate: -1, gamma: 1 })).toThrow(/above 0/);
    expect(() => inverseDecaySchedule({ learningRate: 1, gamma: -1 })).toThrow(
      'gamma of the inverse decay must be a number, 0 or more, and it is -1.',
    );
    expect(() => inverseDecaySchedule({ learningRate: 1, gamma: 1, power: NaN })).toThrow(/^power .* is NaN/);
    expect(() => cosineSchedule({ learningRate: 1, totalSteps: 0.5 })).toThrow(/totalSteps/);
    expect(() => cosineSchedule({ learningRate: 1, totalSteps: 5, end: 2 })).toThrow(
      'end of the cosine schedule must be 0 or more and at most the learning rate 1, and it is 2.',
    );
    for (const milestones of [[0], [4, 4], [5, 3], [2.5], [NaN]])
      expect(() => stepSchedule({ learningRate: 1, milestones })).toThrow(
        `each after the one before, and they are [${milestones.join(', ')}].`,
      );
    expect(() => stepSchedule({ learningRate: 1, milestones: [], factor: 0 })).toThrow(/factor .* is 0/);
    expect(() => withWarmUp(constantSchedule(1), { warmUpSteps: 1.5 })).toThrow(/warmUpSteps/);
  });
});
