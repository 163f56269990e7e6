/** How the runs of a sweep were made, in words. */
import { failureFacts, type ReportFacts } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { describeMethod } from '../config/describe-method.ts';
import { describeOptimizer } from '../config/describe-optimizer.ts';
import { describeTransforms } from '../data/transforms.ts';
import { effectiveRecipe } from '../network/effective-recipe.ts';
import { backboneName, bottleneckName } from '../network/build-network.ts';
import { describeGroup } from './cells.ts';
import { validatorLabel, type Results } from './results.ts';

/** One value where it is the same for all runs, else each with the tasks that have it. */
function stated({ runs }: Results, describe: (config: Config) => string): string {
  const tasks = new Map<string, Set<string>>();
  for (const { task, config } of runs) {
    const value = describe(config);
    tasks.set(value, (tasks.get(value) ?? new Set()).add(task));
  }
  const values = [...tasks];
  if (values.length === 1) return values[0]?.[0] ?? '';
  return values.map(([value, of]) => `${value} (${[...of].join(', ')})`).join('; ');
}

/** `Methods and normalizations on A→W` */
export const titleOf = ({ tasks }: Results): string =>
  `Domain adaptation: ${tasks.length > 2 ? `${tasks.length} tasks` : tasks.join(' and ')}`;

/** Everything that someone needs to get the same numbers. */
export function describeRuns(results: Results): ReportFacts {
  const of = (describe: (config: Config) => string): string => stated(results, describe);
  return {
    Tasks: results.tasks.join(', '),
    Seeds: `${results.seeds.join(', ')}${results.seeds.length === 1 ? ' (one: no spread is known)' : ''}`,
    'Domain batching': results.batchings.join(', '),
    Steps: of(({ train }) => String(train.steps)),
    'Images per step': of(({ train }) => `${train.sourceBatch} source, ${train.targetBatch} target`),
    Optimizer: of(describeOptimizer),
    Network: of(
      ({ model }) => `${backboneName(model)}, ${bottleneckName(model)}, ${model.classifier} classifier`,
    ),
    Weights: of(({ model }) => (model.weights === null ? 'random initial weights' : `from ${model.weights}`)),
    Images: of(describeTransforms),
    'Chosen without target labels': `by ${validatorLabel(results)}, among evaluations every ${of(({ train }) => String(train.evaluateEvery))} steps`,
    Gains: 'over source-only of the same recipe, domain batching and seed, from this sweep',
  };
}

/** What each row sets. */
export const describeMethods = ({ methods, runs }: Results): ReportFacts =>
  Object.fromEntries(
    methods.map((method) => {
      const own = runs.filter((run) => run.method === method);
      const settings = new Set(own.map(({ config }) => describeMethod(config.method)));
      const replaced = new Set(
        own.flatMap(({ recipe, batching, config }) => [
          ...(effectiveRecipe(config) === recipe ? [] : [`${effectiveRecipe(config)} in place of ${recipe}`]),
          ...(config.train.domainBatching === batching
            ? []
            : [`domains ${config.train.domainBatching} in place of ${batching}`]),
        ]),
      );
      return [method, [...settings, ...replaced].join('; ')];
    }),
  );

/** Reasons of the runs without a score. */
export const describeFailures = ({ runs }: Results): ReportFacts =>
  failureFacts(runs.map((run) => ({ ...run, group: `${run.task}, ${describeGroup(run)}` })));
