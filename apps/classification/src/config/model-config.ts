/** The network, and how it is normalized. */
import { z } from 'zod';

const atLeastOne = z.number().int().min(1);

const networkSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z
      .literal('cifar-resnet')
      .describe('ResNet for small images: a 3×3 stem and three stages, or four.'),
    depth: atLeastOne
      .describe('6n + 2: 8, 20, 32, 44, 56, 110 …; with the widths of ImageNet 18 or 34.')
      .default(20),
    widths: z
      .enum(['cifar', 'imagenet'])
      .describe('Channels of the stages: 16 to 64, or 64 to 512.')
      .default('cifar'),
    shortcut: z
      .enum(['pad', 'projection'])
      .nullable()
      .describe(
        'Where the shape changes: zeros (option A) or a 1×1 convolution (option B); null: pad, or with the widths of ImageNet projection.',
      )
      .default(null),
    preActivation: z
      .boolean()
      .describe('Normalization and rectifier before each convolution.')
      .default(false),
    boundaryNorm: z
      .boolean()
      .describe(
        'With preActivation: layer normalization behind the stem and before the last rectifier, as PWS has it.',
      )
      .default(false),
  }),
  z.strictObject({
    name: z.literal('resnet').describe('ResNet for images of about 224 pixels.'),
    depth: z.literal([18, 34, 50, 101, 152]).describe('Its depth.').default(50),
  }),
  z.strictObject({
    name: z.literal('resnext').describe('ResNeXt-50 32×4d: 32 groups of 4 channels.'),
  }),
  z.strictObject({
    name: z.literal('squeezenet').describe('SqueezeNet 1.0.'),
  }),
]);

const normalizationSchema = z.strictObject({
  groups: atLeastOne
    .describe('Groups of group norm; where they do not fit, the largest smaller number that does.')
    .default(32),
  bnMomentum: z
    .number()
    .min(0)
    .max(1)
    .describe("Weight of the new batch in batch norm's running statistics.")
    .default(0.1),
  pwsEpsilon: z
    .number()
    .positive()
    .describe('ε of Parametric Weights Standardization, relative to He’s variance where pwsEquivalent.')
    .default(1e-5),
  pwsEquivalent: z
    .boolean()
    .describe('Whether it is relative to He’s variance, as its authors’ 0.1 is.')
    .default(false),
  kalmanRate: z
    .number()
    .min(0)
    .max(1)
    .describe('How much Kalman Normalization relies on its prediction: 0.9 for batches of 2, 0.05 for 128.')
    .default(0.9),
  mabnForm: z
    .enum(['detection', 'imagenet'])
    .describe('Which of its authors’ two programs Moving Average BN agrees with.')
    .default('detection'),
  mabnBuffer: atLeastOne
    .describe(
      'Batches that Moving Average BN averages over: 16 for two images each, fewer where they are larger.',
    )
    .default(16),
  mabnBatch: atLeastOne.describe('Images of its sub-batches in the form imagenet.').default(2),
});

export const modelSchema = z.strictObject({
  network: networkSchema.describe('Its architecture.').prefault({ name: 'cifar-resnet' }),
  recipe: z
    .string()
    .describe('Normalization of weights + activations: wa, wa+bn, wa+gn, ws+gn, pws, bn, gn, mabn, bkn …')
    .default('wa+gn'),
  normalization: normalizationSchema.describe('What recipes can be told.').prefault({}),
  dataDependentStart: z
    .boolean()
    .describe('Set the scales of PWS or weight normalization by the first training images.')
    .default(false),
  weights: z
    .string()
    .nullable()
    .describe('Safetensors file of a trained network, by the names of torchvision or Caffe; null: none.')
    .default(null),
});

export type NetworkConfig = z.output<typeof networkSchema>;

/** Images that a training batch must have, of a normalization that sees it as a fixed number of sub-batches; null: any number. */
export function wantedBatch({ recipe, normalization }: z.output<typeof modelSchema>): number | null {
  const { mabnForm, mabnBuffer, mabnBatch } = normalization;
  return mabnForm === 'imagenet' && recipe.split('+').includes('mabn') ? mabnBuffer * mabnBatch : null;
}
