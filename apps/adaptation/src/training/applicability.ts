/** Whether a method, a normalization and a way to batch the domains go together, known before anything is trained. */
import type { AdaptationPlan, DomainNetwork } from '@plumbline/adaptation';
import { DomainSpecificBatchNorm, TransNorm } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { buildNetwork } from '../network/build-network.ts';
import { effectiveRecipe } from '../network/effective-recipe.ts';
import { buildPlan } from './plan.ts';

const activationsOf = (recipe: string): string => recipe.split('+').at(-1) ?? recipe;

function unfitBatching(config: Config): string | null {
  const { domainBatching } = config.train;
  const recipe = effectiveRecipe(config);
  if (activationsOf(recipe) === 'dsbn' && domainBatching === 'joint') {
    return `${recipe} has a branch per domain and needs batches of one: set train.domainBatching to separate or split.`;
  }
  if (activationsOf(recipe) === 'mabn' && domainBatching !== 'joint') {
    return `${recipe} takes one batch per step: set train.domainBatching to joint.`;
  }
  if (activationsOf(recipe) === 'tn' && domainBatching === 'separate') {
    return `${recipe} compares the two domains of a batch: set train.domainBatching to joint or split.`;
  }
  return null;
}

/** Whether some stage trains on one domain alone, which leaves a normalization of both without the other. */
function unfitStage({ stages }: AdaptationPlan, network: DomainNetwork): string | null {
  const keepsDomainsApart = (layer: tfl.layers.Layer): boolean =>
    layer instanceof TransNorm || layer instanceof DomainSpecificBatchNorm;
  const norm = network.model.layers.find(keepsDomainsApart);
  if (norm === undefined) return null;
  for (const { method, steps } of stages) {
    const dimensions = { featureCount: 1, classCount: 2, targetCount: 1, totalSteps: steps, seed: 0 };
    const made = method(dimensions);
    made.dispose();
    const { source, target } = made.domains;
    if (!source || !target) {
      return `${made.name} trains on one domain alone, and ${norm.getClassName()} needs both: use another recipe.`;
    }
  }
  return null;
}

/**
 * Why the configured method cannot be had with this recipe and domain batching, in a sentence; null: it can.
 *
 * @throws on a recipe that does not exist.
 */
export function applicability(config: Config): string | null {
  const batching = unfitBatching(config);
  if (batching !== null) return batching;
  const plan = buildPlan(config);
  // What a plan asks of a network does not depend on the number of classes.
  const network = buildNetwork(config, {
    classes: 2,
    channels: 3,
    // Building it to train says it.
    onWarning: () => undefined,
  });
  try {
    return plan.unsuited?.(network.model) ?? unfitStage(plan, network);
  } finally {
    network.model.dispose();
  }
}

/** @throws with the reason why it does not apply. */
export function requireApplicable(config: Config): void {
  const reason = applicability(config);
  if (reason !== null) throw new Error(`method.name=${config.method.name} does not apply: ${reason}`);
}
