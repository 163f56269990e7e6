// Several updates in one step of the training loop.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { namedVariables, type NamedVariable } from './named-variables.ts';
import { restrictedTo } from './optimizer.ts';
import { groupsOf } from './parameter-groups.ts';
import { constantSchedule } from './schedules.ts';
import { Sgd } from './sgd.ts';
import { TinyLoader, tinyTensors, tinyRun, type TinyInputs, type TinyRun } from './testing/tiny-run.ts';
import { trainLoop } from './train-loop.ts';
import type { StepUpdate } from './train-step.ts';

const named = (name: string, value: number): NamedVariable => ({
  name,
  variable: tf.variable(tf.scalar(value)),
  trainable: true,
});
const valueOf = ({ variable }: NamedVariable): number => variable.dataSync()[0] ?? NaN;
const sgdOf = (momentum: number, ...parameters: NamedVariable[]): Sgd =>
  new Sgd({ groups: groupsOf({ parameters, weightDecay: 0 }), momentum });

describe('further updates', () => {
  it('follow the main one on the same micro-batches, each with its own loss and weights', async () => {
    const [a, b] = [named('a', 1), named('b', 1)];
    const seen: [string, number, number][] = [];
    const loss = (
      name: string,
      value: tf.Tensor,
      { index }: TinyInputs,
    ): { loss: tf.Scalar; weight: tf.Scalar } => {
      seen.push([name, index, valueOf(a)]);
      return { loss: tf.mul<tf.Scalar>(value, index + 1), weight: tf.scalar(1) };
    };
    const logged: number[] = [];
    const before = tf.memory().numTensors;
    await trainLoop({
      batches: new TinyLoader(),
      tensors: tinyTensors,
      imagesIn: () => 1,
      schedule: constantSchedule(0.25),
      totalSteps: 1,
      accumulate: 2,
      forward: (batch) => loss('main', a.variable, batch),
      optimizer: sgdOf(0, a),
      furtherUpdates: [
        { forward: (batch) => loss('second', tf.mul(a.variable, b.variable), batch), optimizer: sgdOf(0, b) },
        { forward: (batch) => loss('third', tf.mul(-2, a.variable), batch), optimizer: sgdOf(0, a) },
      ],
      log: ({ loss: mean }) => void logged.push(mean),
    });
    // The mean over both micro-batches has the slope 1.5: a goes to 0.625, b by 1.5 · 0.625 · 0.25 down, and a back up.
    expect(seen).toEqual([
      ['main', 0, 1],
      ['main', 1, 1],
      ['second', 0, 0.625],
      ['second', 1, 0.625],
      ['third', 0, 0.625],
      ['third', 1, 0.625],
    ]);
    expect(valueOf(b)).toBe(1 - 0.25 * 1.5 * 0.625);
    expect(valueOf(a)).toBe(0.625 + 0.25 * 3);
    expect(logged).toEqual([1.5]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('end the run where their loss is no number or misses one of their weights', async () => {
    const [a, b] = [named('a', 1), named('b', 1)];
    const saved: number[] = [];
    const run = (further: StepUpdate<TinyInputs>): Promise<unknown> =>
      trainLoop({
        batches: new TinyLoader(),
        tensors: tinyTensors,
        imagesIn: () => 1,
        schedule: constantSchedule(0.25),
        totalSteps: 1,
        forward: () => ({ loss: tf.square(a.variable as tf.Tensor as tf.Scalar), weight: tf.scalar(1) }),
        optimizer: sgdOf(0, a),
        furtherUpdates: [further],
        checkpoint: (step) => Promise.resolve(void saved.push(step)),
      });
    const ofB = (factor: number): StepUpdate<TinyInputs>['forward'] => {
      return () => ({ loss: tf.mul<tf.Scalar>(b.variable, factor), weight: tf.scalar(1) });
    };
    await expect(run({ forward: ofB(NaN), optimizer: sgdOf(0, b) })).rejects.toThrow(
      /^The loss of step 1 is NaN/,
    );
    await expect(run({ forward: ofB(1), optimizer: sgdOf(0, a, b) })).rejects.toThrow(
      /does not depend on 1 of the trainable weights \(a\)/,
    );
    expect(saved).toEqual([]);
  });

  /** The whole network on the loss, then its head alone on another, with the momentum of both or of its own. */
  const twoUpdates = (shared: boolean): { run: TinyRun; further: StepUpdate<TinyInputs> } => {
    const run = tinyRun();
    const inHead = (name: string): boolean => name.startsWith('head/');
    const optimizer = shared
      ? restrictedTo(run.optimizer, inHead)
      : new Sgd({ groups: groupsOf({ parameters: namedVariables(run.model), filter: inHead }) });
    const state = optimizer.state().map((entry) => ({ ...entry, name: `second/${entry.name}` }));
    const forward: typeof run.forward = (batch) => {
      const { loss, weight } = run.forward(batch);
      return { loss: tf.mul<tf.Scalar>(loss, -0.3), weight };
    };
    return { run: { ...run, state: [...run.state, ...state] }, further: { forward, optimizer } };
  };
  const train = (
    { run, further }: ReturnType<typeof twoUpdates>,
    from: number,
    to: number,
  ): Promise<unknown> =>
    trainLoop({
      batches: new TinyLoader(from),
      tensors: tinyTensors,
      forward: run.forward,
      imagesIn: () => 2,
      optimizer: run.optimizer,
      furtherUpdates: [further],
      schedule: constantSchedule(0.05),
      startStep: from,
      totalSteps: to,
    });
  const bits = ({ run: { model, optimizer, state } }: ReturnType<typeof twoUpdates>): unknown[] =>
    [...namedVariables(model), ...optimizer.state(), ...state].map(({ name, variable }) => [
      name,
      [...variable.dataSync()],
    ]);

  it.each([
    ['the first one’s', true],
    ['their own', false],
  ])('are resumed bit by bit, with %s momentum', async (_, shared) => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
    try {
      const path = join(folder, 'last.safetensors');
      const [straight, first, second] = [twoUpdates(shared), twoUpdates(shared), twoUpdates(shared)];
      await train(straight, 0, 6);
      await train(first, 0, 3);
      await saveCheckpoint(path, first.run, { step: 3, position: 3, seed: 1, best: null, config: 'abc' });
      await loadCheckpoint(path, second.run);
      await train(second, 3, 6);
      expect(bits(second)).toEqual(bits(straight));
      expect(bits(first)).not.toEqual(bits(straight));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an optimizer restricted to some weights', () => {
  it('changes these alone, with the velocity of the whole one', () => {
    const [a, b] = [named('a', 0), named('b', 0)];
    const whole = sgdOf(0.5, a, b);
    const part = restrictedTo(whole, (name) => name === 'b');
    const gradients = { [a.variable.name]: tf.scalar(1), [b.variable.name]: tf.scalar(1) };
    whole.apply(gradients, 1);
    part.apply(gradients, 1);
    expect([valueOf(a), valueOf(b)]).toEqual([-1, -2.5]);
    expect(part.variables).toEqual([b.variable]);
    expect(part.state()).toEqual([]);
    part.dispose();
    whole.apply(gradients, 1);
    expect([valueOf(a), valueOf(b)]).toEqual([-2.5, -4.25]);
  });

  it('needs one of them', () => {
    expect(() => restrictedTo(sgdOf(0, named('a', 0)), () => false)).toThrow(
      /optimizer of 1 weights has none of those it is to be restricted to/,
    );
  });
});
