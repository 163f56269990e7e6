// Learning-rate schedules: pure functions from the step to the learning rate.

/** The learning rate of step 0, 1, 2, …; the same step always gives the same rate. */
export type Schedule = (step: number) => number;

export interface PolyOptions {
  learningRate: number;
  /** Steps after which the rate has reached `end`. */
  totalSteps: number;
  /** Default 0.9. */
  power?: number;
  /** Smallest rate. Default 0. */
  end?: number;
}

/** η(s) = end + (η₀ − end) · (1 − s / totalSteps)^power, the schedule of DeepLab (Chen et al. 2016, arXiv:1606.00915). */
export function polySchedule({ learningRate, totalSteps, power = 0.9, end = 0 }: PolyOptions): Schedule {
  checkRate(learningRate);
  checkSteps('totalSteps', totalSteps);
  return (step) =>
    end + (learningRate - end) * (1 - Math.min(Math.max(step, 0), totalSteps) / totalSteps) ** power;
}

export interface CosineOptions {
  learningRate: number;
  /** Steps after which the rate has reached `end`. */
  totalSteps: number;
  /** Smallest rate. Default 0. */
  end?: number;
}

/** η(s) = end + (η₀ − end) · (1 + cos(π · s / totalSteps)) / 2, without restarts (Loshchilov, Hutter 2016, arXiv:1608.03983). */
export function cosineSchedule({ learningRate, totalSteps, end = 0 }: CosineOptions): Schedule {
  checkRate(learningRate);
  checkSteps('totalSteps', totalSteps);
  if (!(end >= 0 && end <= learningRate))
    throw new Error(
      `end of the cosine schedule must be 0 or more and at most the learning rate ${learningRate}, and it is ${end}.`,
    );
  return (step) => {
    const share = Math.min(Math.max(step, 0), totalSteps) / totalSteps;
    return end + ((learningRate - end) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}

export interface StepOptions {
  learningRate: number;
  /** The steps from which on the rate is `factor` times what it was before; increasing. Empty: a constant rate. */
  milestones: readonly number[];
  /** In (0, 1]. Default 0.1. */
  factor?: number;
}

/** η(s) = η₀ · factor^(milestones that s has reached), as ResNets are trained (He, Zhang, Ren, Sun 2015, arXiv:1512.03385). */
export function stepSchedule({ learningRate, milestones, factor = 0.1 }: StepOptions): Schedule {
  checkRate(learningRate);
  if (!(factor > 0 && factor <= 1))
    throw new Error(`factor of the step schedule must be above 0 and at most 1, and it is ${factor}.`);
  const isNext = (step: number, k: number): boolean =>
    Number.isInteger(step) && step > (k === 0 ? 0 : (milestones[k - 1] ?? NaN));
  if (!milestones.every(isNext))
    throw new Error(
      `milestones of the step schedule must be whole steps from 1 on, each after the one before, and they are [${milestones.join(', ')}].`,
    );
  return (step) => learningRate * factor ** milestones.filter((milestone) => step >= milestone).length;
}

export interface InverseDecayOptions {
  learningRate: number;
  /** How fast the rate falls: it has fallen to 2^−power after 1 / gamma steps. */
  gamma: number;
  /** Default 0.75. */
  power?: number;
}

/** η(s) = η₀ · (1 + γ · s)^−power, the schedule "inv" of domain adaptation (Ganin et al. 2016, arXiv:1505.07818). */
export function inverseDecaySchedule({ learningRate, gamma, power = 0.75 }: InverseDecayOptions): Schedule {
  checkRate(learningRate);
  for (const [name, value] of Object.entries({ gamma, power }))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new Error(`${name} of the inverse decay must be a number, 0 or more, and it is ${value}.`);
  return (step) => learningRate * (1 + gamma * Math.max(step, 0)) ** -power;
}

/** The same rate for ever. */
export function constantSchedule(learningRate: number): Schedule {
  checkRate(learningRate);
  return () => learningRate;
}

export interface WarmUpOptions {
  /** Steps until the wrapped schedule rules alone. 0: no warm-up. */
  warmUpSteps: number;
  /** Share of the wrapped rate at step 0. Default 0. */
  startFactor?: number;
}

/** Multiplies the rate of `schedule` by a line from `startFactor` at step 0 to 1 at `warmUpSteps` (Goyal et al. 2017, arXiv:1706.02677). */
export function withWarmUp(schedule: Schedule, { warmUpSteps, startFactor = 0 }: WarmUpOptions): Schedule {
  if (!Number.isInteger(warmUpSteps) || warmUpSteps < 0)
    throw new Error(`warmUpSteps must be a whole number of steps, 0 or more, and it is ${warmUpSteps}.`);
  return (step) =>
    step >= warmUpSteps
      ? schedule(step)
      : schedule(step) * (startFactor + ((1 - startFactor) * Math.max(step, 0)) / warmUpSteps);
}

function checkRate(learningRate: number): void {
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw new Error(`The learning rate must be a number above 0, and it is ${learningRate}.`);
}

function checkSteps(name: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1)
    throw new Error(`${name} must be a whole number of steps, 1 or more, and it is ${steps}.`);
}
