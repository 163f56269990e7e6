/** The recipe that a network is built with: two methods are a normalization, and stand in the place of batch norm. */
import type { Config } from '../config/config.ts';

const REPLACEMENT: Partial<Record<Config['method']['name'], string>> = { dsbn: 'dsbn', transnorm: 'tn' };

/**
 * `wa+bn` of the method dsbn is `wa+dsbn`; other recipes, and those of other methods, are what they are.
 *
 * @param recipe default: that of the network.
 */
export function effectiveRecipe(
  { method, model }: Pick<Config, 'method' | 'model'>,
  recipe = model.recipe,
): string {
  const replacement = REPLACEMENT[method.name];
  return replacement === undefined ? recipe : recipe.replace(/(^|\+)bn$/, `$1${replacement}`);
}
