/** The configuration of a segmentation run: every option, its type, its default and what it means. */
import { z } from 'zod';

const positive = z.number().positive();
const count = z.number().int().nonnegative();
const atLeastOne = z.number().int().min(1);

const dataSchema = z.strictObject({
  root: z.string().describe('Folder VOC2012 (or the VOCdevkit above it).').default('data/sample/VOC2012'),
  trainSplit: z.enum(['train', 'trainval', 'trainaug']).describe('Images to train on.').default('train'),
  valSplit: z
    .enum(['val', 'train', 'trainval', 'trainaug'])
    .describe('Images to evaluate on.')
    .default('val'),
  trainLimit: atLeastOne
    .nullable()
    .describe('Use only the first so many training images; null: all.')
    .default(null),
  valLimit: atLeastOne
    .nullable()
    .describe('Use only the first so many evaluation images; null: all.')
    .default(null),
  baseSize: atLeastOne
    .nullable()
    .describe(
      'Resize every image so that its longer side has this many pixels before anything else; null: original size.',
    )
    .default(null),
  workers: count
    .describe('Threads that decode and augment ahead; 0: in the main thread. Batches do not depend on it.')
    .default(1),
});

const augmentSchema = z.strictObject({
  cropSize: atLeastOne
    .describe('Side of the training crop; best k·outputStride + 1 (513, 257, 129).')
    .default(513),
  scale: z.tuple([positive, positive]).describe('Range of the random scale.').default([0.5, 2]),
  flip: z.number().min(0).max(1).describe('Probability of a mirror image.').default(0.5),
});

const modelSchema = z.strictObject({
  depth: z.literal([18, 34, 50, 101]).describe('Depth of the ResNet.').default(50),
  recipe: z
    .string()
    .describe('Normalization of weights + activations: wa, wa+bn, wa+gn, ws+gn, bn, gn …')
    .default('wa+gn'),
  outputStride: z.literal([8, 16, 32]).describe('Input pixels per feature pixel.').default(16),
  atrousRates: z
    .array(atLeastOne)
    .nullable()
    .describe("Rates of the pyramid; null: the paper's for the output stride.")
    .default(null),
  multiGrid: z.array(atLeastOne).min(1).describe('Dilation factors of the last stage.').default([1]),
  headChannels: atLeastOne.describe('Channels of the pyramid and the head.').default(256),
  poolingNorm: z
    .enum(['recipe', 'none'])
    .describe('Norm of the image-pooling branch; none is what bn needs at one image per step.')
    .default('recipe'),
  dropout: z.number().min(0).max(0.95).describe('Dropout after the pyramid.').default(0.5),
  zeroInitResidual: z.boolean().describe('Begin residual branches at zero.').default(false),
  groups: atLeastOne.describe('Groups of group norm.').default(32),
  bnMomentum: z
    .number()
    .min(0)
    .max(1)
    .describe("Weight of the new batch in batch norm's running statistics.")
    .default(0.1),
});

const optimizerSchema = z.strictObject({
  learningRate: positive.describe('Rate of the backbone at the start of the poly schedule.').default(0.007),
  headScale: positive.describe("The head's rate as a multiple of the backbone's.").default(10),
  momentum: z.number().min(0).lt(1).describe('SGD momentum.').default(0.9),
  nesterov: z.boolean().describe('Nesterov momentum.').default(false),
  weightDecay: z
    .number()
    .nonnegative()
    .describe('L2 decay of convolution kernels; norms and biases have none.')
    .default(1e-4),
  power: positive.describe('Power of the poly schedule, (1 − step/steps)^power.').default(0.9),
  warmup: count.describe('Steps of linear warm-up.').default(0),
  clipNorm: positive
    .nullable()
    .describe('Largest norm of the whole gradient; null: no clipping.')
    .default(null),
});

const trainSchema = z.strictObject({
  steps: atLeastOne.describe('Optimizer steps.').default(30000),
  batchSize: atLeastOne.describe('Images per forward pass.').default(2),
  accumulate: atLeastOne
    .describe('Forward passes per optimizer step, weighted by their valid pixels.')
    .default(1),
  logEvery: atLeastOne.describe('Steps between two lines of metrics.jsonl.').default(20),
  checkpointEvery: atLeastOne.describe('Steps between two checkpoints.').default(500),
  evaluateEvery: atLeastOne.describe('Steps between two evaluations.').default(2000),
});

const evaluateSchema = z.strictObject({
  size: atLeastOne
    .nullable()
    .describe(
      'Side of the square an image is padded to; null: the smallest k·outputStride + 1 that holds it.',
    )
    .default(513),
  pictures: count.describe('Images shown in the report.').default(12),
});

const sectionsSchema = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe('Seed of weights, sample order, augmentation and dropout.')
    .default(0),
  data: dataSchema.describe('Images and masks.').prefault({}),
  augment: augmentSchema.describe('Random changes of a training image.').prefault({}),
  model: modelSchema.describe('DeepLabv3 on a ResNet.').prefault({}),
  optimizer: optimizerSchema.describe('SGD.').prefault({}),
  train: trainSchema.describe('The loop.').prefault({}),
  evaluate: evaluateSchema
    .describe('Whole images, single scale, no flip; scores on original pixels.')
    .prefault({}),
});

// What no option can see alone, and what would else be noticed only after hours of training.
export const configSchema = sectionsSchema.superRefine(({ data, train, evaluate }, context) => {
  if (data.trainLimit !== null && data.trainLimit < train.batchSize) {
    context.addIssue({
      code: 'custom',
      path: ['data', 'trainLimit'],
      message: `must be at least train.batchSize, ${train.batchSize}`,
    });
  }
  if (data.baseSize !== null && evaluate.size !== null && evaluate.size < data.baseSize) {
    context.addIssue({
      code: 'custom',
      path: ['evaluate', 'size'],
      message: `must hold images of data.baseSize, ${data.baseSize} pixels`,
    });
  }
});

/** A complete configuration: what `config.json` of a run folder holds. */
export type Config = z.output<typeof configSchema>;
/** A configuration as people write it: everything may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
