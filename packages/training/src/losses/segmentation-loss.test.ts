import { describe, expect, it } from 'vitest';
import { labelsTensor, logitsTensor, lossValues } from '../testing/loss-case.ts';
import { crossEntropyLoss } from './cross-entropy.ts';
import { diceLoss } from './dice.ts';
import { focalLoss } from './focal.ts';
import { lovaszLoss } from './lovasz.ts';
import { segmentationLoss, type SegmentationLossOptions } from './segmentation-loss.ts';

describe('segmentationLoss', () => {
  it('without options is cross-entropy, bit by bit', async () => {
    expect(await lossValues((x, y) => segmentationLoss(x, y))).toEqual(
      await lossValues((x, y) => crossEntropyLoss(x, y)),
    );
  });

  it('sums its terms with their factors and options', async () => {
    const weighting = { classWeights: [0.5, 2, 1.5, 3], keptShare: 0.5, threshold: 0.2 };
    const factors = { crossEntropy: 0.5, focal: 3, dice: 1, lovasz: 0.25 };
    const options = { factors, labelSmoothing: 0.1, focalGamma: 1.5, ...weighting };
    const { loss, gradient } = await lossValues((x, y) => segmentationLoss(x, y, options));
    const parts = [
      await lossValues((x, y) => crossEntropyLoss(x, y, { ...weighting, labelSmoothing: 0.1 })),
      await lossValues((x, y) => focalLoss(x, y, { ...weighting, gamma: 1.5 })),
      await lossValues((x, y) => diceLoss(x, y)),
      await lossValues((x, y) => lovaszLoss(x, y)),
    ];
    const sum = (of: (part: (typeof parts)[number]) => number): number =>
      Object.values(factors).reduce(
        (all, factor, k) => all + factor * of(parts[k] as (typeof parts)[number]),
        0,
      );
    expect(loss).toBeCloseTo(
      sum((part) => part.loss),
      5,
    );
    gradient.forEach((g, i) =>
      expect(g).toBeCloseTo(
        sum((part) => part.gradient[i] ?? NaN),
        5,
      ),
    );
  });

  it.each([
    [
      { factors: { tversky: 1 } },
      'There is no loss "tversky": choose among crossEntropy, focal, dice, lovasz.',
    ],
    [{ factors: { dice: -1 } }, 'The factor of the loss dice is -1'],
    [{ factors: { crossEntropy: 0 } }, 'All losses have the factor 0'],
  ])('refuses %o', (options, message) => {
    const run = (): unknown =>
      segmentationLoss(logitsTensor(), labelsTensor(), options as SegmentationLossOptions);
    expect(run).toThrow(message);
  });
});
