import { expect, it } from 'vitest';
import { configSchema } from './config.ts';
import { describeLoss } from './describe-loss.ts';

const describeOf = (loss: object): string => describeLoss(configSchema.parse({ loss }).loss);

it('says what is minimized', () => {
  expect(describeOf({})).toBe('cross-entropy');
  expect(describeOf({ crossEntropy: 0, lovasz: 1, focal: 2 })).toBe(
    '2 × focal loss (gamma 2) + Lovász-softmax',
  );
  expect(
    describeOf({
      crossEntropy: 0.5,
      dice: 1,
      classWeights: 'enet',
      labelSmoothing: 0.1,
      hardPixels: { share: 0.25, rampSteps: 1000, threshold: 0.7 },
    }),
  ).toBe(
    '0.5 × cross-entropy + Dice; class weights enet; label smoothing 0.1; ' +
      'hardest 25 % of the pixels and all below probability 0.7, after 1000 steps',
  );
  expect(describeOf({ auxiliary: 0.4 })).toBe('cross-entropy; plus 0.4 × the same of an auxiliary head');
  expect(describeOf({ classWeights: [1, 2] })).toBe('cross-entropy; class weights as listed');
});
