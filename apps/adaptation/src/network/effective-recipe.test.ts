import { expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-task.ts';
import { buildNetwork } from './build-network.ts';
import { effectiveRecipe } from './effective-recipe.ts';

const of = (name: 'dann' | 'dsbn' | 'transnorm', recipe: string): string =>
  effectiveRecipe(tinyConfig('', { method: { name }, model: { recipe } }));

it('two methods put their normalization in the place of batch norm, and of nothing else', () => {
  expect(['bn', 'wa+bn', 'wa+gn', 'wa', 'wa+dsbn'].map((recipe) => of('dsbn', recipe))).toEqual([
    'dsbn',
    'wa+dsbn',
    'wa+gn',
    'wa',
    'wa+dsbn',
  ]);
  expect(of('transnorm', 'bn')).toBe('tn');
  expect(of('dann', 'bn')).toBe('bn');
});

it('holds for a bottleneck with a recipe of its own', () => {
  const config = tinyConfig('', {
    method: { name: 'transnorm' },
    model: { recipe: 'none', bottleneck: { width: 8, recipe: 'bn' } },
  });
  const { model } = buildNetwork(config, { classes: 2, channels: 3 });
  const norms = model.layers.filter(({ name }) => name.endsWith('norm')).map((layer) => layer.getClassName());
  expect(norms).toEqual(['TransNorm']);
  model.dispose();
});
