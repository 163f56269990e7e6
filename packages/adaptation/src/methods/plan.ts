// How methods become plans: most are one stage from the first step to the last, some take two.

import type { AdaptationPlan, Stage } from '../method.ts';

/** What a plan must know of the run: how many optimizer steps all its stages have together. */
export interface PlanLength {
  readonly steps: number;
}

/** What a stage trains with. */
export type MethodFactory = Stage['method'];

/** The plan of a method that needs nothing but training: one stage. */
export const singleStage = (method: MethodFactory, steps: number): AdaptationPlan => ({
  stages: [{ method, steps: requireSteps(steps, 1) }],
});

/**
 * A plan of two stages that share the run's steps.
 *
 * @param firstShare of the steps, above 0 and below 1; each stage gets one step at least.
 * @throws on another share, or fewer than two steps.
 */
export function twoStages(
  first: MethodFactory,
  second: MethodFactory,
  { steps }: PlanLength,
  firstShare: number,
): Stage[] {
  if (!(firstShare > 0 && firstShare < 1))
    throw new Error(
      `The share of a plan's first stage in its steps must be above 0 and below 1, and it is ${firstShare}.`,
    );
  requireSteps(steps, 2);
  const firstSteps = Math.min(Math.max(Math.round(steps * firstShare), 1), steps - 1);
  return [
    { method: first, steps: firstSteps },
    { method: second, steps: steps - firstSteps },
  ];
}

function requireSteps(steps: number, least: number): number {
  if (Number.isInteger(steps) && steps >= least) return steps;
  throw new Error(
    `A plan of ${least} stage(s) needs a whole number of steps from ${least}, and it got ${steps}.`,
  );
}
