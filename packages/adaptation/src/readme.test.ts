// Runs every JavaScript example of the README, each on its own.

import * as training from '@plumbline/training';
import { readmeExamples, runExample } from '@plumbline/test-support';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as adaptation from './index.ts';

const modules = {
  '@plumbline/adaptation': adaptation,
  '@plumbline/training': training,
  '@tensorflow/tfjs-core': core,
  '@tensorflow/tfjs-layers': layers,
};
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = readmeExamples(readme);

describe('the README', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
  });

  it.each(examples.map((example, i) => [i + 1, example] as const))('runs example %i', async (_, example) => {
    await runExample(example, modules);
    core.disposeVariables();
  });

  it('lists exactly the validators there are', () => {
    const [, table = ''] = /## Choosing a step(.*?)## /s.exec(readme) ?? [];
    const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(named).toEqual([...adaptation.VALIDATOR_NAMES]);
  });
});
