// Sentences about combinations of methods that work against each other.

import type { ActivationMethod } from './activation-methods.ts';
import type { RecipeOptions } from './options.ts';
import type { WeightMethod } from './weight-methods.ts';

/** What to say about a recipe; empty where there is nothing. */
export function combinationWarnings(
  name: string,
  weights: WeightMethod | null,
  activations: ActivationMethod | null,
  options: RecipeOptions,
): string[] {
  if (weights === null) return [];
  const warnings: string[] = [];
  if (activations !== null && activations.undoesScale && weights.learnsScale(options)) {
    warnings.push(
      `Recipe "${name}": ${activations.title} divides every channel by its own deviation, so the learned scale of ` +
        `${weights.title} has no effect and no gradient. Train without it, or normalize over groups (gn, ln).`,
    );
  }
  if (activations === null && !weights.standsAlone) {
    warnings.push(
      `Recipe "${name}": ${weights.title} gives every filter unit variance whatever its size, so that activations grow ` +
        `with every layer unless a normalization follows. Use ${name}+gn, or a method with the fan-in in it: wa, pws, sws.`,
    );
  }
  if (activations?.includesActivation === true && !weights.standsAlone) {
    warnings.push(
      `Recipe "${name}": ${activations.title} normalizes only where it is the activation too, and ${weights.title} gives every ` +
        `filter unit variance whatever its size, so that residual branches that end without an activation add what grows with the ` +
        `fan-in. Use a method with the fan-in in it, wa or sws, or another normalization, gn.`,
    );
  }
  if (activations?.weights === 'wc' && !weights.centres) {
    warnings.push(
      `Recipe "${name}": ${activations.title} subtracts no mean and relies on centred filters, which ${weights.title} ` +
        `does not give. Combine it with wc, wa or ws, or with nothing, which means wc.`,
    );
  }
  return warnings;
}
