/** The recipes of a study, and whether what they do depends on how images are put into batches. */
import { normalizesByBatch, recipeNames } from '@plumbline/norm';
import type { Config } from '../config/config.ts';
import { buildNetwork, recipeOf } from '../network/build-network.ts';

export const USUAL_RECIPES = ['bn', 'gn', 'ws+gn', 'wa', 'wa+bn', 'wa+gn', 'pws', 'mabn', 'bkn'] as const;

/** They are for several processes or domains, and with one of them nothing but bn, or not to be had at all. */
const NOT_ALONE = new Set(['syncbn', 'dsbn', 'tn']);

/** Every recipe that one process can train on one domain, and whose parts do not work against each other. */
export const allRecipes = (config: Config): string[] =>
  recipeNames().filter((recipe) => {
    if (recipe.split('+').some((part) => NOT_ALONE.has(part))) return false;
    return recipeOf({ ...config, model: { ...config.model, recipe } }, () => undefined).warnings.length === 0;
  });

/**
 * Whether a run of this configuration is the same however many images pass at a time, as long as a step takes as many: the
 * network takes no statistics over the batch, nothing mixes its images, and no weight starts from the first of them.
 */
export function isBatchFree(config: Config): boolean {
  const { loss, model } = config;
  if (loss.mixup !== null || model.dataDependentStart) return false;
  let network;
  try {
    network = buildNetwork(config, { classes: 2, channels: 3, onWarning: () => undefined });
  } catch {
    // The runs will say what is wrong.
    return false;
  }
  try {
    return !normalizesByBatch(network);
  } finally {
    network.dispose();
  }
}
