/** From a file to what the network sees. */
import { z } from 'zod';

const positive = z.number().positive();
const atLeastOne = z.number().int().min(1);
const share = z.number().min(0).max(1);
const tripleSchema = z.tuple([z.number(), z.number(), z.number()]);

const randAugmentSchema = z.strictObject({
  operations: atLeastOne.describe('Operations that every image gets.').default(2),
  magnitude: z.number().min(0).max(30).describe('Their strength, of 30.').default(9),
});

export const imagesSchema = z
  .strictObject({
    resize: atLeastOne
      .nullable()
      .describe('Side of the square that every image is squashed to first; null: the size it has.')
      .default(null),
    crop: z
      .enum(['random', 'random-resized', 'none'])
      .describe('Training crops: of random place, of random place, size and shape, or the whole.')
      .default('random'),
    cropSize: atLeastOne.describe('Side of the crop.').default(32),
    padding: z
      .number()
      .int()
      .nonnegative()
      .describe('Black pixels around an image before a random crop.')
      .default(4),
    scale: z
      .tuple([positive, positive])
      .describe('Share of the area of a random-resized crop.')
      .default([0.08, 1]),
    flip: share.describe('Probability of a mirror image.').default(0.5),
    randAugment: randAugmentSchema.nullable().describe('RandAugment; null: none.').default(null),
    erase: share.describe('Probability that a random box of an image is erased.').default(0),
    evaluationResize: atLeastOne
      .nullable()
      .describe(
        'Instead of resize, short side that images are brought to before they are scored; null: as in training.',
      )
      .default(null),
    mean: tripleSchema
      .describe(
        'Of red, green, blue in 0…1, taken off every pixel; it belongs to the weights. Default: ImageNet.',
      )
      .default([0.485, 0.456, 0.406]),
    std: z
      .tuple([positive, positive, positive])
      .describe('What the pixels are divided by then.')
      .default([0.229, 0.224, 0.225]),
    workers: z
      .number()
      .int()
      .nonnegative()
      .describe(
        'Threads that decode and augment files ahead; 0: in the main thread. Batches do not depend on it.',
      )
      .default(1),
    cacheMegabytes: z
      .number()
      .int()
      .nonnegative()
      .describe('Memory for decoded training images; 0: none. Batches do not depend on it.')
      .default(0),
  })
  .superRefine(({ crop, cropSize, padding, scale, resize, evaluationResize }, context) => {
    const refuse = (option: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [option], message });
    };
    // The padding is training's: its centre is what an evaluation sees.
    if (crop !== 'none' && evaluationResize === null && resize !== null && resize < cropSize)
      refuse('resize', `must be at least images.cropSize, ${cropSize}, or images.evaluationResize be set`);
    else if (crop === 'random' && resize !== null && resize + 2 * padding < cropSize)
      refuse('cropSize', `must be at most images.resize plus padding, ${resize + 2 * padding}`);
    if (crop !== 'none' && evaluationResize !== null && evaluationResize < cropSize)
      refuse('evaluationResize', `must be at least images.cropSize, ${cropSize}`);
    if (scale[0] > scale[1] || scale[1] > 1)
      refuse('scale', 'must be two shares, the smaller one first, of at most 1');
  });
