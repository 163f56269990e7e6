import { expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/config.ts';
import { allRecipes, isBatchFree, USUAL_RECIPES } from './recipes.ts';

const config = await loadConfig({ preset: 'study-mnist' });
const withRecipe = (recipe: string, over: Partial<Config> = {}): Config => ({
  ...config,
  ...over,
  model: { ...config.model, ...over.model, recipe },
});

it('knows which of the usual networks do not see the batch', () => {
  const free = USUAL_RECIPES.filter((recipe) => isBatchFree(withRecipe(recipe)));
  expect(free).toEqual(['gn', 'ws+gn', 'wa', 'wa+gn', 'pws']);
});

it('takes mixup and weights that start from the first batch for what sees it', () => {
  expect(isBatchFree(withRecipe('wa', { loss: { ...config.loss, mixup: 0.2 } }))).toBe(false);
  const model = { ...config.model, dataDependentStart: true };
  expect(isBatchFree(withRecipe('pws', { model }))).toBe(false);
});

it('takes all recipes that make sense', () => {
  const all = allRecipes(config);
  expect(all).toEqual(expect.arrayContaining([...USUAL_RECIPES, 'gkn', 'evos0', 'none']));
  for (const recipe of ['syncbn', 'wa+dsbn', 'tn', 'ws', 'wn+mabn']) expect(all).not.toContain(recipe);
});
