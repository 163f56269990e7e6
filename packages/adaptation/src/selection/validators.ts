// All validators, and their scores of one network.

import { isFiniteMatrix } from '../analysis/rows.ts';
import { classAmiScore } from './class-ami.ts';
import { deepEmbeddedScore } from './deep-embedded-validation.ts';
import { importanceWeightedScore } from './importance-weighted-validation.ts';
import { informationMaximizationScore } from './information-maximization.ts';
import { nuclearNormScore } from './nuclear-norm.ts';
import { softNeighbourhoodDensity } from './soft-neighbourhood-density.ts';
import { sourceAccuracyScore } from './source-accuracy.ts';
import { targetEntropyScore } from './target-entropy.ts';
import {
  VALIDATOR_NAMES,
  type Validator,
  type ValidatorInput,
  type ValidatorName,
  type ValidatorScores,
} from './validator.ts';

const definitions: Readonly<Record<ValidatorName, Omit<Validator, 'name'>>> = {
  sourceAccuracy: { label: 'source validation accuracy', score: sourceAccuracyScore },
  entropy: { label: 'negative target entropy', score: ({ target }) => targetEntropyScore(target.logits) },
  informationMaximization: {
    label: 'information maximization',
    score: ({ target }) => informationMaximizationScore(target.logits),
  },
  snd: {
    label: 'soft neighbourhood density',
    score: ({ target, seed }) => softNeighbourhoodDensity(target.logits, seed),
  },
  bnm: { label: 'nuclear norm', score: ({ target }) => nuclearNormScore(target.logits) },
  classAmi: { label: 'ClassAMI', score: ({ target, seed }) => classAmiScore(target, seed) },
  iwcv: { label: 'importance-weighted validation', score: importanceWeightedScore },
  dev: { label: 'deep embedded validation', score: deepEmbeddedScore },
};

/**
 * In the order of reports. Their `score` throws if answers are missing or do not belong together.
 */
export const VALIDATORS: readonly Validator[] = VALIDATOR_NAMES.map((name) => ({
  name,
  label: definitions[name].label,
  score(input) {
    requireAnswers(input);
    return hasFiniteAnswers(input) ? definitions[name].score(input) : NaN;
  },
}));

/**
 * The scores of one network by `names`, default all.
 *
 * @throws if answers are missing or do not belong together.
 */
export const validatorScores = (
  input: ValidatorInput,
  names: readonly ValidatorName[] = VALIDATOR_NAMES,
): ValidatorScores =>
  Object.fromEntries(
    VALIDATORS.filter(({ name }) => names.includes(name)).map(({ name, score }) => [name, score(input)]),
  );

const hasFiniteAnswers = ({ sourceValidation, sourceTraining, target }: ValidatorInput): boolean =>
  [sourceTraining, sourceValidation.features, sourceValidation.logits, target.features, target.logits].every(
    isFiniteMatrix,
  );

function requireAnswers({ sourceValidation, sourceTraining, target }: ValidatorInput): void {
  for (const [what, { features, logits }] of [
    ['source validation', sourceValidation],
    ['target', target],
  ] as const) {
    if (features.rows === 0 || features.rows !== logits.rows) {
      throw new Error(
        `A validator got features of ${features.rows} and logits of ${logits.rows} ${what} images: give both for the same images, at least one.`,
      );
    }
  }
  const widths = [sourceTraining, sourceValidation.features, target.features].map(({ columns }) => columns);
  if (new Set(widths).size > 1 || sourceValidation.logits.columns !== target.logits.columns) {
    throw new Error(
      `A validator got features of widths ${widths.join(', ')} (source training, source validation, target) and logits of ` +
        `${sourceValidation.logits.columns} and ${target.logits.columns} classes: give answers of one network.`,
    );
  }
}
