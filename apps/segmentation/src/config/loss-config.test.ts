import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

describe('the section loss', () => {
  it('is cross-entropy alone unless more is asked for', async () => {
    const { loss } = await loadConfig({});
    expect(loss).toMatchObject({ crossEntropy: 1, focal: 0, dice: 0, lovasz: 0, labelSmoothing: 0 });
    expect(loss).toMatchObject({
      classWeights: 'none',
      hardPixels: { share: 1, rampSteps: 0, threshold: null },
    });
  });

  it('takes a list of class weights from the command line', async () => {
    const { loss } = await loadConfig({ set: ['loss.classWeights=[1, 0.5, 2]', 'loss.dice=0.5'] });
    expect(loss).toMatchObject({ classWeights: [1, 0.5, 2], dice: 0.5 });
  });

  it.each([
    [['loss.tversky=1'], /loss: .*"tversky"/],
    [['loss.dice=-1'], /loss\.dice: .*\(got -1\)/],
    [['loss.crossEntropy=0'], /loss\.crossEntropy: must be above 0 when focal, dice and lovasz are 0/],
    [
      ['loss.classWeights=median'],
      /loss\.classWeights: must be none, median-frequency, enet, or a list.* \(got "median"\)/,
    ],
    [['loss.classWeights=[1, -2]'], /loss\.classWeights\.1: .*\(got -2\)/],
    [
      ['loss.crossEntropy=0', 'loss.dice=1', 'loss.classWeights=enet'],
      /loss\.classWeights: need loss\.crossEntropy or loss\.focal/,
    ],
    [
      ['loss.crossEntropy=0', 'loss.focal=1', 'loss.labelSmoothing=0.1'],
      /loss\.labelSmoothing: needs loss\.crossEntropy/,
    ],
    [
      ['loss.crossEntropy=0', 'loss.dice=1', 'loss.hardPixels.share=0.5'],
      /loss\.hardPixels\.share: below 1 needs/,
    ],
    [['loss.hardPixels.rampSteps=10'], /loss\.hardPixels\.rampSteps: needs loss\.hardPixels\.share below 1/],
    [['loss.hardPixels.threshold=0.7'], /loss\.hardPixels\.threshold: needs loss\.hardPixels\.share below 1/],
    [['loss.computedClassWeights=[1, 2]'], /loss\.computedClassWeights: must be null when/],
    [['train.ema=1'], /train\.ema: .*\(got 1\)/],
  ])('refuses %j', async (set, message) => {
    await expect(loadConfig({ set })).rejects.toThrow(message);
  });
});
