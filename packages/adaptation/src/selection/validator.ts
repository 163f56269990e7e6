// What a validator is: a score of a network computed without a single label of the target.
//
// Musgrave, Belongie and Lim 2022, "Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised Domain
// Adaptation", arXiv:2208.07360, compare most of them; none is best everywhere, so a run reports what each would choose.

import type { Answers, Matrix } from '../matrix.ts';

/** In the order of reports. */
export const VALIDATOR_NAMES = [
  'sourceAccuracy',
  'entropy',
  'informationMaximization',
  'snd',
  'bnm',
  'classAmi',
  'iwcv',
  'dev',
] as const;
export type ValidatorName = (typeof VALIDATOR_NAMES)[number];

/** Answers of one network, in inference mode and with the evaluation transform. */
export interface ValidatorInput {
  /** Of source images that were not trained on; labels are int32 [n]. */
  readonly sourceValidation: Answers & { readonly labels: Int32Array };
  /** [n, d]: features of source images that were trained on. */
  readonly sourceTraining: Matrix;
  /** Of target images. */
  readonly target: Answers;
  /** Of all random choices: which images are looked at where there are more than needed, k-means' starts. */
  readonly seed: number;
}

/** A score of a network; higher is better for every one of them, so that risks and entropies stand with a minus sign. */
export interface Validator {
  readonly name: ValidatorName;
  /** For people: `soft neighbourhood density`. */
  readonly label: string;
  /** NaN where an answer is not finite; deterministic. */
  score(input: ValidatorInput): number;
}

export type ValidatorScores = Readonly<Partial<Record<ValidatorName, number>>>;
