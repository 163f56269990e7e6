/**
 * The configuration of a segmentation run: every option, its type, its default and what it means.
 *
 * Runs go on, and are evaluated, under a config.json that may be older than an option: the default of a new one must be
 * what was done before it. What is better goes into a preset.
 */
import { checkStepOptions, stepOptions } from '@plumbline/training/config';
import { z } from 'zod';
import { classSetSchema } from '../data/classes.ts';
import { lossSchema } from './loss-config.ts';

const positive = z.number().positive();
const count = z.number().int().nonnegative();
const atLeastOne = z.number().int().min(1);

const listSchema = z.strictObject({
  train: z
    .string()
    .nullable()
    .describe('List of the images to train on and their masks, two paths a line; null: VOC.')
    .default(null),
  val: z.string().nullable().describe('The same of the images to evaluate on.').default(null),
  classes: z
    .union([z.string(), classSetSchema])
    .nullable()
    .describe('YAML or JSON file with the classes, and their palette and ignoreLabel if wanted.')
    .default(null),
});

const dataSchema = z.strictObject({
  root: z.string().describe('Folder VOC2012 (or the VOCdevkit above it).').default('data/sample/VOC2012'),
  list: listSchema
    .describe('Any other data set in place of root; its splits are train and val.')
    .prefault({}),
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
  mean: z
    .tuple([z.number(), z.number(), z.number()])
    .describe(
      'Of red, green, blue in 0…1, taken off every pixel; it belongs to the weights. Default: ImageNet.',
    )
    .default([0.485, 0.456, 0.406]),
  std: z
    .tuple([positive, positive, positive])
    .describe('What the pixels are divided by then; mean and std 0.5 give [−1, 1].')
    .default([0.229, 0.224, 0.225]),
  workers: count
    .describe('Threads that decode and augment ahead; 0: in the main thread. Batches do not depend on it.')
    .default(1),
  cacheMegabytes: count
    .describe('Memory for decoded training images, 4 bytes a pixel; 0: none. Batches do not depend on it.')
    .default(0),
});

const augmentSchema = z.strictObject({
  cropSize: atLeastOne
    .describe('Side of the training crop; best k·outputStride + 1 (513, 257, 129).')
    .default(513),
  scale: z.tuple([positive, positive]).describe('Range of the random scale.').default([0.5, 2]),
  flip: z.number().min(0).max(1).describe('Probability of a mirror image.').default(0.5),
  maxClassShare: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .describe('Draw a crop again, up to 10 times, where one class has this share of it (0.75); null: never.')
    .default(null),
  photometric: z
    .boolean()
    .describe('Random brightness ±32, contrast and saturation 0.5–1.5 and hue ±36°, each with probability ½.')
    .default(false),
});

const modelSchema = z.strictObject({
  backbone: z
    .enum(['resnet', 'mobilenetv2'])
    .describe('The network that makes the features.')
    .default('resnet'),
  depth: z.literal([18, 34, 50, 101]).describe('Depth of the ResNet.').default(50),
  variant: z
    .enum(['v1a', 'v1b', 'v1c', 'v1d'])
    .describe(
      "Of the ResNet: v1b is torchvision's; v1a Keras', with other strides; v1c has a deep stem, v1d also pools in shortcuts.",
    )
    .default('v1b'),
  width: positive.describe("Factor on MobileNetV2's channels.").default(1),
  channelMultiple: atLeastOne
    .describe("What MobileNetV2's channels are rounded to; TensorFlow DeepLab's with width 0.5 have 1.")
    .default(8),
  decoder: z
    .enum(['v3', 'v3plus'])
    .describe('DeepLabv3 classifies at the output stride; DeepLabv3+ at stride 4, with low-level features.')
    .default('v3'),
  headConvolution: z.boolean().describe('Whether a 3×3 convolution follows the pyramid of v3.').default(true),
  decoderConvolutions: atLeastOne.describe('3×3 convolutions of v3plus before its classifier.').default(2),
  recipe: z
    .string()
    .describe('Normalization of weights + activations: wa, wa+bn, wa+gn, ws+gn, bn, gn …')
    .default('wa+gn'),
  weights: z
    .string()
    .nullable()
    .describe(
      "Safetensors file to start from, by the names of torchvision, Keras, or TensorFlow DeepLab's TFLite models; null: none.",
    )
    .default(null),
  keepKernels: z
    .boolean()
    .describe(
      'Give every normalized filter a fixed scale and offset with which loaded kernels compute what they did.',
    )
    .default(false),
  fitImages: count
    .describe('Training images on which normalizations are fitted to loaded weights at the start; 0: none.')
    .default(8),
  outputStride: z.literal([8, 16, 32]).describe('Input pixels per feature pixel.').default(16),
  atrousRates: z
    .array(atLeastOne)
    .nullable()
    .describe("Rates of the pyramid; [] for none, null: the paper's for the output stride.")
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
  freezeNorm: z
    .enum(['none', 'backbone', 'all'])
    .describe('Which norms keep the running statistics that were loaded, and use them in training too.')
    .default('none'),
  freezeAffine: z
    .boolean()
    .describe('Whether frozen norms keep their scale and offset as well; false: these go on learning.')
    .default(true),
  freezeStages: z
    .number()
    .int()
    .min(0)
    .max(4)
    .describe('The stem and the first so many stages of the ResNet stay as loaded, norms included; 0: none.')
    .default(0),
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
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .describe('Decay of a moving average of the weights, evaluated apart, such as 0.999; null: none.')
    .default(null),
  ...stepOptions,
  checkpointEvery: atLeastOne.describe('Steps between two checkpoints.').default(500),
  keepCheckpoints: count
    .describe('The newest so many of these stay beside last and best, as checkpoints/step-<n>.safetensors.')
    .default(0),
  evaluateEvery: atLeastOne.describe('Steps between two evaluations.').default(2000),
});

const evaluateSchema = z.strictObject({
  size: atLeastOne
    .nullable()
    .describe(
      'Side of the square an image is padded to; null: the smallest k·outputStride + 1 that holds it.',
    )
    .default(513),
  mode: z
    .enum(['whole', 'slide'])
    .describe('The whole image in one pass, or windows whose logits are averaged where they overlap.')
    .default('whole'),
  window: atLeastOne.nullable().describe('Side of the square windows; null: evaluate.size.').default(null),
  windowStride: atLeastOne
    .nullable()
    .describe('Pixels from one window to the next; null: two thirds of the window.')
    .default(null),
  scales: z
    .array(positive)
    .min(1)
    .describe("Factors of the image's size; the logits of all are averaged at the original size.")
    .default([1]),
  flip: z.boolean().describe('See every scale mirrored too, and average the logits.').default(false),
  boundary: z
    .boolean()
    .describe('Also score how well the borders of regions are met; takes a fraction of a second per image.')
    .default(false),
  boundaryTolerance: positive
    .describe("Largest distance of two borders that match, as a share of the image's diagonal.")
    .default(0.0075),
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
  model: modelSchema.describe('DeepLabv3 or DeepLabv3+ on a ResNet or a MobileNetV2.').prefault({}),
  optimizer: optimizerSchema.describe('SGD.').prefault({}),
  loss: lossSchema.describe('What is minimized, over valid pixels.').prefault({}),
  train: trainSchema.describe('The loop.').prefault({}),
  evaluate: evaluateSchema
    .describe('How images are segmented for scores and predictions; scores are on original pixels.')
    .prefault({}),
});

// What no option can see alone, and what would else be noticed only after hours of training.
export const configSchema = sectionsSchema.superRefine(({ data, train, evaluate }, context) => {
  checkStepOptions(train, context);
  const lists = Object.entries(data.list);
  const isListed = lists.some(([, value]) => value !== null);
  for (const [key, value] of lists) {
    if (!isListed || value !== null) continue;
    const message = 'must be set, as data.list.train, data.list.val and data.list.classes go together';
    context.addIssue({ code: 'custom', path: ['data', 'list', key], message });
  }
  for (const key of ['trainSplit', 'valSplit'] as const) {
    if (!isListed || ['train', 'val'].includes(data[key])) continue;
    context.addIssue({ code: 'custom', path: ['data', key], message: 'must be train or val with data.list' });
  }
  if (data.trainLimit !== null && data.trainLimit < train.batchSize) {
    context.addIssue({
      code: 'custom',
      path: ['data', 'trainLimit'],
      message: `must be at least train.batchSize, ${train.batchSize}`,
    });
  }
  const { mode, window, size, windowStride, scales } = evaluate;
  if (mode === 'slide') {
    const side = window ?? size;
    if (side === null) {
      const message = 'must be set with evaluate.mode slide where evaluate.size is null';
      context.addIssue({ code: 'custom', path: ['evaluate', 'window'], message });
    } else if (windowStride !== null && windowStride > side) {
      const message = `must be at most the window, ${side}, or pixels between two windows are left out`;
      context.addIssue({ code: 'custom', path: ['evaluate', 'windowStride'], message });
    }
  }
  if (new Set(scales).size < scales.length) {
    const message = 'must not hold a scale twice';
    context.addIssue({ code: 'custom', path: ['evaluate', 'scales'], message });
  }
  if (mode === 'whole' && data.baseSize !== null && size !== null && size < data.baseSize) {
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
