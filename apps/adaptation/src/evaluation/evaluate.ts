/** Scores of a network on both domains, and the scores that choose between networks without target labels. */
import {
  accuracy,
  matrix,
  predictedClasses,
  validatorScores,
  type Answers,
  type DomainNetwork,
  type DomainOutputs,
  type TargetBatch,
  type ValidatorScores,
} from '@plumbline/adaptation';
import type { Progress } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import type { Task } from '../data/open-task.ts';
import { answersBy, answersOf, type AnswerOptions } from './answers.ts';

export interface EvaluateOptions {
  config: Config;
  task: Task;
  network: DomainNetwork;
  progress: Progress;
  signal: AbortSignal;
  /** The method's own way to answer target images. Default: inference. */
  answer?: (network: DomainNetwork, batches: AsyncIterable<TargetBatch>) => AsyncIterable<DomainOutputs>;
}

export interface Evaluation {
  sourceValidationAccuracy: number;
  /** Needs the target's labels: no choice may rest on it. */
  targetAccuracy: number;
  /** Of the target's test images, K×K, a row per true class. */
  confusion: Int32Array;
  /** Each the higher, the better; without the target's labels. */
  validators: ValidatorScores;
  sourceValidation: Answers;
  /** Of the target's test images. */
  test: Answers;
}

/** Source images that a density ratio is estimated from. */
const WEIGHTED_IMAGES = 1000;

/** The share of the images on the diagonal of a K×K confusion matrix. */
export function confusionAccuracy(confusion: Int32Array): number {
  const classes = Math.sqrt(confusion.length);
  let hits = 0;
  for (let k = 0; k < classes; k++) hits += confusion[k * (classes + 1)] ?? 0;
  return hits / confusion.reduce((sum, count) => sum + count, 0);
}

/** @throws the signal's reason when it is raised, and one sentence on an image that cannot be read. */
export async function evaluate({
  config,
  task,
  network,
  progress,
  signal,
  answer,
}: EvaluateOptions): Promise<Evaluation> {
  const { validationImages: limit, validators: names } = config.evaluate;
  const options = (total: number): AnswerOptions => ({
    config,
    channels: task.channels,
    signal,
    onImages: (done) => progress.count(done, total, 'images evaluated'),
  });
  const sourceValidation = await answersOf(
    network,
    'source',
    task.sourceValidation,
    options(task.sourceValidation.ids.length),
  );
  // Two validators alone look at images that were trained on, at no more than so many.
  const isWeighted = names.some((name) => name === 'iwcv' || name === 'dev');
  const sourceTraining = isWeighted
    ? (
        await answersOf(network, 'source', task.source, {
          ...options(Math.min(WEIGHTED_IMAGES, task.source.ids.length)),
          limit: WEIGHTED_IMAGES,
        })
      ).features
    : matrix(0, sourceValidation.features.columns, new Float32Array());
  const ofTarget = (set: Task['test'], more: Partial<AnswerOptions> = {}): Promise<Answers> => {
    const how = { ...options(more.limit ?? set.ids.length), ...more };
    return answer === undefined
      ? answersOf(network, 'target', set, how)
      : answersBy((batches) => answer(network, batches), set, how);
  };
  const test = await ofTarget(task.test);
  const unlabelled = task.isInductive ? await ofTarget(task.target, { limit }) : test;
  const confusion = task.labels.confusion(predictedClasses(test.logits));
  const { labels } = task.sourceValidation;
  const input = {
    sourceValidation: { ...sourceValidation, labels },
    sourceTraining,
    target: unlabelled,
    seed: config.seed,
  };
  return {
    sourceValidationAccuracy: accuracy(sourceValidation.logits, labels),
    targetAccuracy: confusionAccuracy(confusion),
    confusion,
    validators: validatorScores(input, names),
    sourceValidation,
    test,
  };
}
