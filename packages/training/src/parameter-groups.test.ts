import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { NamedVariable } from './named-variables.ts';
import { describeGroups, groupsOf, groupVariables, parameterGroups } from './parameter-groups.ts';
import { tinyModel } from './testing/tiny-run.ts';

describe('parameterGroups', () => {
  it('separates head from backbone and decayed from undecayed', () => {
    const groups = parameterGroups(tinyModel(), { head: ['head/'], weightDecay: 0.01 });
    expect(
      groups.map(({ parameters, learningRateScale, weightDecay }) => [
        parameters.map(({ name }) => name).join(),
        learningRateScale,
        weightDecay,
      ]),
    ).toEqual([
      ['body/kernel', 1, 0.01],
      ['body/bias', 1, 0],
      ['head/kernel', 10, 0.01],
      ['head/bias', 10, 0],
    ]);
    expect(groupVariables(groups)).toHaveLength(4);
    expect(describeGroups(groups).split('\n')[0]).toBe(
      'backbone            1 tensors  108 values  learning rate ×1, weight decay 0.01',
    );
  });

  it('leaves out frozen layers, and says so when everything is', () => {
    const model = tinyModel();
    const [, body, head] = model.layers;
    if (body !== undefined) body.trainable = false;
    expect(parameterGroups(model).map(({ parameters }) => parameters.map(({ name }) => name))).toEqual([
      ['head/kernel'],
      ['head/bias'],
    ]);
    if (head !== undefined) head.trainable = false;
    expect(() => parameterGroups(model)).toThrow(/no trainable weight/);
  });

  it('refuses a head that matches nothing', () => {
    expect(() => parameterGroups(tinyModel(), { head: ['classifier'] })).toThrow(
      /belongs to the head \(prefixes classifier\).*head\/kernel/,
    );
  });
});

describe('groupsOf', () => {
  const weight = (name: string, trainable = true): NamedVariable => ({
    name,
    variable: tf.variable(tf.scalar(0), false),
    trainable,
  });
  const parameters = [
    weight('backbone.conv1/kernel'),
    weight('backbone.bn1/gamma'),
    weight('backbone.bn1/movingMean', false),
    weight('classifier.fc/kernel'),
    weight('classifier.fc/bias'),
    weight('discriminator.fc/kernel'),
  ];
  const scaleOf = (name: string): number => (name.startsWith('backbone.') ? 0.1 : 1);
  const membersOf = (options: Partial<Parameters<typeof groupsOf>[0]>): unknown[] =>
    groupsOf({ parameters, scaleOf, ...options }).map((group) => [
      group.parameters.map(({ name }) => name).join(' '),
      group.learningRateScale,
      group.weightDecay,
      group.momentum,
    ]);

  it('puts the weights of several models that train alike into one group', () => {
    expect(membersOf({ weightDecay: 0.001 })).toEqual([
      ['backbone.conv1/kernel', 0.1, 0.001, undefined],
      ['backbone.bn1/gamma', 0.1, 0, undefined],
      ['classifier.fc/kernel discriminator.fc/kernel', 1, 0.001, undefined],
      ['classifier.fc/bias', 1, 0, undefined],
    ]);
  });

  it('separates by momentum and by the name of the group, and takes a filter and its own rule of decay', () => {
    expect(
      membersOf({
        filter: (name) => !name.startsWith('classifier.'),
        noDecay: () => false,
        momentumOf: (name) => (name.startsWith('backbone.') ? 0 : undefined),
      }),
    ).toEqual([
      ['backbone.conv1/kernel backbone.bn1/gamma', 0.1, 1e-4, 0],
      ['discriminator.fc/kernel', 1, 1e-4, undefined],
    ]);
    const named = groupsOf({ parameters, groupName: (name) => name.split('.')[0] ?? '' });
    expect(named.map(({ name }) => name)).toEqual([
      'backbone',
      'backbone',
      'classifier',
      'classifier',
      'discriminator',
    ]);
    const [first] = groupsOf({ parameters, scaleOf, momentumOf: () => 0 });
    expect(describeGroups(first === undefined ? [] : [first])).toBe(
      'kernels  1 tensors  1 values  learning rate ×0.1, weight decay 0.0001, momentum 0',
    );
  });

  it('refuses no weight, two of one name, and a factor that trains nothing', () => {
    expect(() => membersOf({ filter: () => false })).toThrow(/None of the 6 weights is to be trained/);
    expect(() => membersOf({ parameters: [weight('fc/kernel'), weight('fc/kernel')] })).toThrow(
      /Two weights are called "fc\/kernel"/,
    );
    expect(() => membersOf({ scaleOf: () => 0 })).toThrow(
      /factor of weight "backbone.conv1\/kernel" must be a number above 0, and it is 0/,
    );
  });
});
