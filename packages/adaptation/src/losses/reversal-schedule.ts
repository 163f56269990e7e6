// How strongly an adversary's gradient is turned around, from the first step on.
//
//   λ(i) = low + (high − low) · (2 / (1 + exp(−α i / N)) − 1) = low + (high − low) · tanh(α i / 2N)
//
// Ganin and Lempitsky: "Unsupervised Domain Adaptation by Backpropagation", 2015, arXiv 1409.7495, section 4, where
// α is 10 and N the whole training. With tllib's α 1 and N 1000 λ is 0.46 after 1000 steps and 0.99 after 5000; it is
// not stopped at N.

/** How λ grows with the step. */
export interface ReversalOptions {
  /** α: how steep. Default 1. */
  readonly alpha?: number;
  /** λ at step 0. Default 0. */
  readonly low?: number;
  /** λ in the end. Default 1. */
  readonly high?: number;
  /** N. Default 1000. */
  readonly steps?: number;
}

/**
 * λ of step 0, 1, 2, …
 *
 * @throws if α or N is not above 0, or if `low` or `high` is negative or no number.
 */
export function reversalSchedule({ alpha = 1, low = 0, high = 1, steps = 1000 }: ReversalOptions = {}): (
  step: number,
) => number {
  for (const [name, value] of Object.entries({ alpha, steps })) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new Error(`reversal.${name} must be a number above 0, and it is ${value}.`);
  }
  for (const [name, value] of Object.entries({ low, high })) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new Error(
        `reversal.${name} is ${value}: give a strength of 0 or more; the reversal itself turns the sign.`,
      );
    }
  }
  return (step) => low + (high - low) * Math.tanh((alpha * step) / (2 * steps));
}
