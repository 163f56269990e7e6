// What every method with an adversary must do, run over all of them.

import { loadCheckpoint, saveCheckpoint } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { AdaptationMethod } from '../method.ts';
import {
  ANSWER_NAMES,
  DIMENSIONS,
  enlargeHeads,
  headWeights,
  networkAnswers,
  numericSlopes,
  stepResult,
} from '../testing/adversarial-steps.ts';
import { madeStep } from '../testing/made-step.ts';
import { cdan, type CdanOptions } from './cdan.ts';
import { dann } from './dann.ts';
import { mdd } from './mdd.ts';
import type { MethodFactory } from './plan.ts';

const hiddenWidth = 6;

/** Each at a given dropout, so that finite differences can be taken without. */
const conditional =
  (options: CdanOptions) =>
  (dropout: number): MethodFactory =>
    cdan({ ...options, discriminator: { hiddenWidth, dropout } });
const subjects: [name: string, make: (dropout: number) => MethodFactory, adversarialTerm: string][] = [
  ['DANN', (dropout) => dann({ discriminator: { hiddenWidth, dropout } }), 'domain'],
  ['CDAN', conditional({}), 'domain'],
  ['CDAN+E', conditional({ entropyConditioning: true }), 'domain'],
  [
    'CDAN+E (randomized)',
    conditional({ entropyConditioning: true, randomized: true, randomizedDimension: 10 }),
    'domain',
  ],
  ['MDD', (dropout) => mdd({ adversary: { hiddenWidth, dropout } }), 'transfer'],
];

const dimensions = (seed: number): typeof DIMENSIONS => ({ ...DIMENSIONS, seed });
const host = (method: AdaptationMethod): number[][] =>
  [...headWeights(method), ...(method.state?.() ?? [])].map(({ variable }) => [...variable.dataSync()]);

describe.each(subjects)('%s', (name, make, adversarialTerm) => {
  it('minimizes its terms, with 3 source and 5 target images', () => {
    const method = make(0)(DIMENSIONS);
    expect(method.name).toBe(name);
    expect(method.domains).toEqual({ source: true, target: true });
    const { total, terms } = stepResult(method, networkAnswers());
    expect(total).toBeCloseTo((terms['classification'] ?? NaN) + (terms[adversarialTerm] ?? NaN), 5);
    expect(terms['reversalStrength']).toBe(0);
    method.dispose();
  });

  it('moves its head along the adversarial loss, and the features against it, times λ', () => {
    const method = make(0)(DIMENSIONS);
    enlargeHeads(method);
    const answers = networkAnswers();
    method.onStep?.(1000);
    const { gradients, terms } = stepResult(method, answers);
    const strength = terms['reversalStrength'] ?? NaN;
    expect(strength).toBeGreaterThan(0.04);
    const expectSlopes = (of: string, variable: tf.Variable, factor: number): void => {
      const numeric = numericSlopes(method, answers, variable, adversarialTerm);
      expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(0.004);
      const gradient = gradients.get(of);
      numeric.forEach((slope, i) => expect(gradient?.[i]).toBeCloseTo(factor * slope, 3));
    };
    for (const { name: weight, variable, trainable } of headWeights(method))
      if (trainable && weight.endsWith('.out/kernel')) expectSlopes(weight, variable, 1);
    expectSlopes('featuresSource', answers.featuresSource, -strength);
    expectSlopes('featuresTarget', answers.featuresTarget, -strength);
    method.dispose();
  });

  it('gives every weight of its head a gradient, and the target’s predictions none', () => {
    const method = make(0.5)(DIMENSIONS);
    method.onStep?.(500);
    const { gradients } = stepResult(method, networkAnswers());
    for (const { name: weight, trainable } of headWeights(method))
      expect(gradients.has(weight)).toBe(trainable);
    expect(ANSWER_NAMES.filter((answer) => gradients.has(answer))).toEqual([
      'featuresSource',
      'logitsSource',
      'featuresTarget',
    ]);
    method.dispose();
  });

  it('is a function of the seed', () => {
    const results = [1, 1, 2].map((seed) => {
      const method = make(0.5)(dimensions(seed));
      const values = [stepResult(method, networkAnswers()), host(method)];
      method.dispose();
      return values;
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).not.toEqual(results[0]);
  });

  it('goes on from a checkpoint as if there had been none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
    const path = join(folder, 'last.safetensors');
    const [saved, loaded] = [make(0.5)(dimensions(1)), make(0.5)(dimensions(2))];
    const answers = networkAnswers();
    const parts = (method: AdaptationMethod): Parameters<typeof saveCheckpoint>[1] => ({
      model: method.heads[0]?.model as Parameters<typeof saveCheckpoint>[1]['model'],
      state: method.state?.() ?? [],
    });
    saved.onStep?.(700);
    stepResult(saved, answers);
    const metadata = { step: 1, position: 1, seed: 1, best: null, config: 'f00d' };
    await saveCheckpoint(path, parts(saved), metadata);
    await loadCheckpoint(path, parts(loaded));
    expect(host(loaded)).toEqual(host(saved));
    // Dropout draws its masks by counts in the checkpoint, but by the seed of the run, which is the same one.
    const again = make(0.5)(dimensions(1));
    await loadCheckpoint(path, parts(again));
    expect(stepResult(again, answers)).toEqual(stepResult(saved, answers));
    for (const method of [saved, loaded, again]) method.dispose();
    await rm(folder, { recursive: true });
  });

  it('leaves no tensor behind after a step, and none when it is disposed of', () => {
    const answers = networkAnswers();
    const before = tf.memory().numTensors;
    const method = make(0.5)(DIMENSIONS);
    const made = tf.memory().numTensors;
    for (const step of [0, 1, 2]) {
      method.onStep?.(step);
      stepResult(method, answers);
    }
    expect(tf.memory().numTensors).toBe(made);
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads nothing on the host', () => {
    const method = make(0.5)(DIMENSIONS);
    const answers = networkAnswers();
    // Layers look once at the first input they get.
    stepResult(method, answers);
    const reads = vi.spyOn(tf.backend(), 'readSync');
    tf.tidy(() => {
      const source = { features: answers.featuresSource, logits: answers.logitsSource };
      const target = { features: answers.featuresTarget, logits: answers.logitsTarget };
      void method.loss(madeStep({ source, target }));
    });
    expect(reads).not.toHaveBeenCalled();
    reads.mockRestore();
    method.dispose();
  });

  it('names its head’s layers after the head', () => {
    const method = make(0.5)(DIMENSIONS);
    const [head] = method.heads;
    for (const layer of head?.model.layers ?? []) expect(layer.name).toMatch(new RegExp(`^${head?.name}\\.`));
    expect(method.heads).toHaveLength(1);
    method.dispose();
  });
});
