// Accuracy on source images that were not trained on. It knows nothing of the target, and is a hard baseline all the same
// (Musgrave, Belongie and Lim 2022, arXiv:2208.07360).

import { accuracy } from '../analysis/probabilities.ts';
import type { ValidatorInput } from './validator.ts';

/** In [0, 1]. */
export const sourceAccuracyScore = ({ sourceValidation }: Pick<ValidatorInput, 'sourceValidation'>): number =>
  accuracy(sourceValidation.logits, sourceValidation.labels);
