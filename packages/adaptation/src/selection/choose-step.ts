// Which evaluation of a run each validator would have chosen.

import { VALIDATOR_NAMES, type ValidatorName, type ValidatorScores } from './validator.ts';

/** What of an evaluation a choice is made from. */
export interface ScoredStep {
  readonly step: number;
  readonly validators: ValidatorScores;
}

/**
 * The step with the highest score of each validator, the earliest of equal ones. A score that is not a finite number
 * is passed over, and a validator without any chooses nothing.
 */
export function chooseStep(evaluations: readonly ScoredStep[]): Partial<Record<ValidatorName, number>> {
  const inOrder = [...evaluations].sort((a, b) => a.step - b.step);
  return Object.fromEntries(
    VALIDATOR_NAMES.flatMap((name) => {
      const scored = inOrder.flatMap(({ step, validators }) => {
        const score = validators[name];
        // JSON has no NaN: read back from a file, it is null.
        return typeof score === 'number' && Number.isFinite(score) ? [{ step, score }] : [];
      });
      const [first, ...others] = scored;
      if (first === undefined) return [];
      const best = others.reduce((chosen, other) => (other.score > chosen.score ? other : chosen), first);
      return [[name, best.step]];
    }),
  );
}
