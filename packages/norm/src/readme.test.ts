// Runs every JavaScript example of the README, each on its own.

import { readmeExamples, runExample } from '@plumbline/test-support';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import readme from '../README.md?raw';
import * as norm from './index.ts';

const modules: Readonly<Record<string, object>> = {
  '@plumbline/norm': norm,
  '@tensorflow/tfjs-core': core,
  '@tensorflow/tfjs-layers': layers,
};
const examples = readmeExamples(readme);

describe('the README', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
  });

  it.each(examples.map((example, i) => [i + 1, example] as const))('runs example %i', async (_, example) => {
    await runExample(example, modules);
    core.disposeVariables();
  });

  it('lists exactly the variants and recipes there are', () => {
    for (const variant of ['pytorch', 'tensorflow', 'bcn-imagenet', 'google', 'timm'] as const) {
      expect(readme).toContain(`\`${variant}\``);
      expect(new norm.WeightStandardization({ variant }).variant).toBe(variant);
    }
    for (const part of new Set(norm.recipeNames().flatMap((name) => name.split('+')))) {
      expect(readme).toContain(`\`${part}\``);
    }
  });
});
