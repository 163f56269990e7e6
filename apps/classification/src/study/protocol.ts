/** How the runs of a study were made, in words. */
import { failureFacts, type ReportFacts } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { describeOptimizer } from '../config/describe-optimizer.ts';
import { datasetTitle } from '../data/open-data.ts';
import { describeTransforms } from '../data/transforms.ts';
import { networkTitle } from '../network/build-network.ts';
import type { Results } from './results.ts';

/** The data set and the network. */
export function subjectOf({ runs }: Results): string {
  const [first] = runs;
  return first === undefined ? '' : `${networkTitle(first.config.model)} on ${datasetTitle(first.config)}`;
}

export const titleOf = (results: Results): string => `Stability across batches: ${subjectOf(results)}`;

function describeLoss({ loss }: Config): string {
  return [
    'cross-entropy',
    ...(loss.labelSmoothing > 0 ? [`label smoothing ${loss.labelSmoothing}`] : []),
    ...(loss.mixup === null ? [] : [`mixup ${loss.mixup}`]),
  ].join(', ');
}

/** Everything that someone needs to get the same numbers. */
export function describeRuns(results: Results): ReportFacts {
  const { seeds, batches, protocols, survey, runs } = results;
  const [first] = runs;
  if (first === undefined) return {};
  const { config } = first;
  const { model, train, evaluate } = config;
  return {
    'Data set': `${datasetTitle(config)}, ${survey.classes} classes`,
    'Training images': survey.training,
    'Test images': survey.test,
    Network: `${networkTitle(model)}, ${model.weights === null ? 'random initial weights' : `weights from ${model.weights}`}`,
    Epochs: train.epochs,
    Batches: batches.join(', '),
    ...(protocols.includes('optimizer')
      ? { 'Small optimizer batch': 'a step takes so many images, the learning rate is proportional to them' }
      : {}),
    ...(protocols.includes('normalization')
      ? {
          'Small normalization batch': `a step takes ${results.gradientBatch} images, so many of which pass the network at a time`,
        }
      : {}),
    Optimizer: describeOptimizer(config),
    Loss: describeLoss(config),
    Images: describeTransforms(config),
    'Groups of group norm': model.normalization.groups,
    'Weights scored': train.ema === null ? 'of the last step' : `their moving average, decay ${train.ema}`,
    ...(evaluate.flip ? { Answers: 'mean of an image and its mirror image' } : {}),
    Seeds: `${seeds.join(', ')}${seeds.length === 1 ? ' (one: no spread is known)' : ''}`,
  };
}

/** `bn, 4 × 16 images per step` */
const describePasses = ({
  batchSize,
  accumulate,
}: Pick<Results['runs'][number], 'batchSize' | 'accumulate'>): string =>
  accumulate === 1 ? `${batchSize} per step` : `${accumulate} × ${batchSize} per step`;

/** How often each recipe was trained, and with how many images at a time. */
export const describeRecipes = ({ recipes, runs }: Results): ReportFacts =>
  Object.fromEntries(
    recipes.map((recipe) => {
      const own = runs.filter((run) => run.recipe === recipe);
      return [
        recipe,
        `${own.length} runs; images ${[...new Set(own.map(describePasses))].join(', ')}`,
      ] as const;
    }),
  );

/** Reasons of the runs without a result. */
export const describeFailures = ({ runs }: Results): ReportFacts =>
  failureFacts(runs.map((run) => ({ ...run, group: `${run.recipe}, ${describePasses(run)}` })));
