import { describe, expect, it } from 'vitest';
import { describeGroups, groupVariables, parameterGroups } from './parameter-groups.ts';
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
