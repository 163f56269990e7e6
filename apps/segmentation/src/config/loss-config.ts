/** The section `loss` of the configuration: which losses, how much of each, and which pixels and classes count more. */
import { z } from 'zod';

const factor = z.number().nonnegative();
const weights = z.array(z.number().nonnegative()).min(2);

const hardPixelsSchema = z.strictObject({
  share: z
    .number()
    .gt(0)
    .max(1)
    .describe('Share of the valid pixels that count, the hardest ones; 1: all.')
    .default(1),
  rampSteps: z
    .number()
    .int()
    .nonnegative()
    .describe('Steps in which the share goes down from 1 to its value.')
    .default(0),
  threshold: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .describe('Pixels whose true class has a lower probability count too, whatever the share; null: none.')
    .default(null),
});

export const lossSchema = z
  .strictObject({
    crossEntropy: factor
      .describe('Factor of the cross-entropy; 0 leaves it out, as with the others.')
      .default(1),
    focal: factor.describe('Factor of the focal loss.').default(0),
    dice: factor.describe('Factor of the Dice loss, over the classes that occur in the batch.').default(0),
    lovasz: factor.describe('Factor of the Lovász-softmax loss, over the same classes.').default(0),
    auxiliary: factor
      .describe(
        'Factor of the same losses of an auxiliary head on the third stage, there in training only (0.4); 0: no such head.',
      )
      .default(0),
    focalGamma: factor.describe('Exponent of the focal loss.').default(2),
    labelSmoothing: z
      .number()
      .min(0)
      .lt(1)
      .describe('Share of the target that the cross-entropy spreads over all classes.')
      .default(0),
    classWeights: z
      .union([z.enum(['none', 'median-frequency', 'enet']), weights], {
        error: 'must be none, median-frequency, enet, or a list with a number of 0 or above for each class',
      })
      .describe(
        'Weight of each class in cross-entropy and focal loss: none, computed from the training masks, or a list.',
      )
      .default('none'),
    computedClassWeights: weights
      .nullable()
      .describe('What was computed for classWeights; the run writes it into its config.json.')
      .default(null),
    hardPixels: hardPixelsSchema
      .describe('Which pixels cross-entropy and focal loss learn from.')
      .prefault({}),
  })
  .superRefine((loss, context) => {
    const refuse = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    const { crossEntropy, focal, dice, lovasz, hardPixels, classWeights } = loss;
    if (crossEntropy + focal + dice + lovasz === 0)
      refuse(['crossEntropy'], 'must be above 0 when focal, dice and lovasz are 0');
    // An option without an effect is a mistake that nobody would notice.
    if (loss.labelSmoothing > 0 && crossEntropy === 0)
      refuse(['labelSmoothing'], 'needs loss.crossEntropy above 0');
    const perPixel = crossEntropy + focal;
    if (classWeights !== 'none' && perPixel === 0)
      refuse(['classWeights'], 'need loss.crossEntropy or loss.focal above 0');
    if (loss.computedClassWeights !== null && (classWeights === 'none' || Array.isArray(classWeights)))
      refuse(['computedClassWeights'], 'must be null when loss.classWeights is not computed');
    if (hardPixels.share < 1 && perPixel === 0)
      refuse(['hardPixels', 'share'], 'below 1 needs loss.crossEntropy or loss.focal above 0');
    for (const key of ['rampSteps', 'threshold'] as const)
      if (hardPixels.share === 1 && (hardPixels[key] ?? 0) > 0)
        refuse(['hardPixels', key], 'needs loss.hardPixels.share below 1');
  });
