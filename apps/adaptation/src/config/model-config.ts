/** The network: what makes the features, how it is normalized, and the new layers on top. */
import { z } from 'zod';

const positive = z.number().positive();
const atLeastOne = z.number().int().min(1);

const backboneSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('digits').describe('Two convolutions and a dense layer, for small grey images.'),
  }),
  z.strictObject({
    name: z.literal('squeezenet').describe('SqueezeNet 1.0, 512 features.'),
  }),
  z.strictObject({
    name: z.literal('resnet').describe('ResNet, 512 or 2048 features.'),
    depth: z.literal([18, 34, 50]).describe('Its depth.').default(50),
  }),
]);

const bottleneckSchema = z.strictObject({
  width: atLeastOne.describe('Features it gives.').default(256),
  recipe: z
    .string()
    .nullable()
    .describe('Its normalization, weights + activations, for a backbone that has none; null: model.recipe.')
    .default(null),
  norm: z.boolean().describe('Whether the recipe normalizes them.').default(true),
  relu: z.boolean().describe('Whether they are rectified.').default(true),
  dropout: z.number().min(0).max(0.95).describe('Share of them dropped in training.').default(0),
  dropoutForm: z
    .enum(['mean', 'l2'])
    .describe('What dropout preserves: the mean, or the norm of the features (AFN).')
    .default('mean'),
});

export const modelSchema = z.strictObject({
  backbone: backboneSchema.describe('The network that makes the features.').prefault({ name: 'resnet' }),
  recipe: z
    .string()
    .describe('Normalization of weights + activations: wa, wa+bn, wa+gn, ws+gn, bn, gn, dsbn, tn …')
    .default('wa+gn'),
  weights: z
    .string()
    .nullable()
    .describe('Safetensors file of a trained backbone, by the names of torchvision or Caffe; null: none.')
    .default(null),
  keepKernels: z
    .boolean()
    .describe(
      'Give every normalized filter a fixed scale and offset with which loaded kernels compute what they did.',
    )
    .default(false),
  freezeStages: z
    .number()
    .int()
    .min(0)
    .max(4)
    .describe(
      'The stem and the first so many stages of the backbone stay as loaded, norms included; 0: none.',
    )
    .default(0),
  freezeNorm: z
    .boolean()
    .describe("Whether the backbone's batch norms keep the running statistics they were loaded with.")
    .default(false),
  bottleneck: bottleneckSchema
    .nullable()
    .describe('A dense layer between backbone and classifier; null: none.')
    .prefault({}),
  classifier: z
    .enum(['plain', 'weight-norm'])
    .describe('The last layer; SHOT has weight normalization in it.')
    .default('plain'),
  groups: atLeastOne.describe('Groups of group norm.').default(32),
  bnMomentum: z
    .number()
    .min(0)
    .max(1)
    .describe("Weight of the new batch in batch norm's running statistics.")
    .default(0.1),
});

const tripleSchema = z.tuple([z.number(), z.number(), z.number()]);

export const imagesSchema = z.strictObject({
  resize: atLeastOne
    .nullable()
    .describe('Side of the square that every image is squashed to first; null: the size it has.')
    .default(256),
  crop: z
    .enum(['random-resized', 'random', 'none'])
    .describe(
      'Training crops: of random size and shape, of random place, or the whole; evaluation takes the centre.',
    )
    .default('random-resized'),
  cropSize: atLeastOne.describe('Side of the crop.').default(224),
  scale: z
    .tuple([positive, positive])
    .describe('Share of the area of a random-resized crop.')
    .default([0.08, 1]),
  flip: z.number().min(0).max(1).describe('Probability of a mirror image.').default(0.5),
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
      'Threads that decode and augment ahead, per domain; 0: in the main thread. Batches do not depend on it.',
    )
    .default(1),
  cacheMegabytes: z
    .number()
    .int()
    .nonnegative()
    .describe('Memory for decoded training images, per domain; 0: none. Batches do not depend on it.')
    .default(0),
});
