// Compares the outcomes of one scenario on two backends, and says in words where they part.

import type { Outcome } from './scenario.ts';

/** How far one tensor of one normalizer is from the reference. */
export interface Difference {
  readonly normalizer: string;
  readonly tensor: string;
  /** The largest |value − reference| / largest |reference|; NaN where either holds a NaN or a length differs. */
  readonly difference: number;
}

/** A tensor whose largest value is below this is compared as if that value were this: it may be all rounding. */
const SMALLEST_SCALE = 0.01;

function relativeDifference(values: readonly number[], reference: readonly number[]): number {
  if (values.length !== reference.length) return NaN;
  const scale = reference.reduce((largest, value) => Math.max(largest, Math.abs(value)), SMALLEST_SCALE);
  return values.reduce((largest, value, i) => {
    // What JSON cannot hold (NaN, infinities) comes out of the page as null.
    const difference = Number.isFinite(value) ? Math.abs(value - (reference[i] ?? NaN)) / scale : NaN;
    return Number.isNaN(largest) || Number.isNaN(difference) ? NaN : Math.max(largest, difference);
  }, 0);
}

/** Every tensor of `reference` and its difference in `outcomes`; NaN where `outcomes` has another tensor in its place or none. */
export function compare(outcomes: readonly Outcome[], reference: readonly Outcome[]): Difference[] {
  return reference.flatMap(({ normalizer, tensors }) => {
    const other = outcomes.find((outcome) => outcome.normalizer === normalizer);
    return tensors.map(({ name, values }, i) => {
      const same = other?.tensors[i];
      const difference = same?.name === name ? relativeDifference(same.values, values) : NaN;
      return { normalizer, tensor: name, difference };
    });
  });
}

/** One line for each normalizer that threw on `backend`. */
export const errorsOf = (outcomes: readonly Outcome[], backend: string): string[] =>
  outcomes.flatMap(({ normalizer, error }) =>
    error === null ? [] : [`${normalizer} on ${backend}: ${error}`],
  );

/** One line for each difference above `tolerance`, or that is not a number. */
export const disagreements = (
  differences: readonly Difference[],
  tolerance: number,
  backend: string,
): string[] =>
  differences
    .filter(({ difference }) => !(difference <= tolerance))
    .map(
      ({ normalizer, tensor, difference }) =>
        `${normalizer} on ${backend}: ${tensor} differs by ${difference.toExponential(1)}, more than ${tolerance}`,
    );
