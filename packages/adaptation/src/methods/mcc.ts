// Minimum class confusion as a method: the source's classes, and predictions on the target that do not hesitate between
// pairs of them.
//
// Jin, Wang, Long, Wang: "Minimum Class Confusion for Versatile Domain Adaptation", 2019, arXiv 1912.03699.
//
//   total = CE(source) + weight · confusion(z_t / T)        the mathematics: ../losses/class-confusion.ts

import { classConfusion } from '../losses/class-confusion.ts';
import { alignedMethod, type AlignmentOptions } from './aligned-method.ts';
import type { MethodFactory } from './plan.ts';

/** The confusion's weight is 1 by default. */
export interface MccOptions extends AlignmentOptions {
  /** T. Default 2.5. */
  temperature?: number;
}

/**
 * MCC. It logs the confusion, between 0 and 1, as `confusion`.
 *
 * @throws on a weight below 0; its loss, on a temperature that is not above 0.
 */
export const mcc = ({ temperature, weight = 1, labelSmoothing = 0 }: MccOptions = {}): MethodFactory =>
  alignedMethod('MCC', { weight, labelSmoothing }, ({ target }) => {
    const loss = classConfusion(target.logits, temperature);
    return { loss, terms: { confusion: loss } };
  });
