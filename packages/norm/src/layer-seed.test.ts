import { expect, it } from 'vitest';
import { layerSeed } from './layer-seed.ts';

it('depends on the seed and on the name, is repeatable, and is a positive integer', () => {
  const seeds = [0, 1, 2].flatMap((seed) =>
    ['conv1', 'conv2', 'layer1.0.conv1'].map((n) => layerSeed(seed, n)),
  );
  expect(new Set(seeds).size).toBe(9);
  expect(layerSeed(1, 'conv1')).toBe(layerSeed(1, 'conv1'));
  for (const seed of seeds) expect(Number.isInteger(seed) && seed > 0 && seed <= 2 ** 31).toBe(true);
});
