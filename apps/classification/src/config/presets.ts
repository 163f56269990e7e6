/**
 * Starting points. Those with a published counterpart bear its name, and say what it gave: top-1 accuracy on the test set of
 * CIFAR-10 or the validation set of ImageNet.
 */
import type { ConfigPreset } from '@plumbline/training/config';
import type { ConfigInput } from './config.ts';

const preset = <Input extends ConfigInput>(description: string, config: Input): ConfigPreset<Input> => ({
  description,
  config,
});

const cifar = {
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
} satisfies ConfigInput['images'];

const imagenet = {
  crop: 'random-resized',
  cropSize: 224,
  evaluationResize: 256,
} satisfies ConfigInput['images'];

/** Of 256 images, as the ImageNet networks of 2015 to 2020 are trained. */
const imagenetOptimizer = {
  learningRate: 0.1,
  ratePerImages: 256,
  schedule: { name: 'step', milestones: [30, 60, 90] },
  weightDecay: 1e-4,
  decayNorms: true,
} satisfies ConfigInput['optimizer'];

/** For hours of two cores instead of days: few epochs, and groups that fit 16 channels. */
const study = {
  model: { network: { name: 'cifar-resnet', depth: 20, preActivation: true }, normalization: { groups: 4 } },
  optimizer: { learningRate: 0.1, ratePerImages: 128, schedule: { name: 'cosine' }, weightDecay: 5e-4 },
} satisfies ConfigInput;

export const PRESETS = {
  quick: preset('the drawn symbols that come with the project, about a minute', {
    dataset: { name: 'folders' },
    images: {
      resize: 28,
      crop: 'random',
      cropSize: 28,
      padding: 2,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    model: { network: { name: 'cifar-resnet', depth: 8 }, recipe: 'wa+gn', normalization: { groups: 4 } },
    optimizer: { learningRate: 0.05, ratePerImages: null },
    train: { epochs: 30, batchSize: 8, evaluateEvery: 5, checkpointEvery: 5 },
  }),
  'cifar10-r20': preset(
    'ResNet-20 on CIFAR-10; 91.25 % (He et al. 2015), with the mean of every pixel where here every channel has one',
    {
      dataset: { name: 'cifar10' },
      images: cifar,
      model: { network: { name: 'cifar-resnet', depth: 20 }, recipe: 'bn' },
      optimizer: {
        schedule: { name: 'step', milestones: [82, 123] },
        weightDecay: 1e-4,
      },
      train: { epochs: 164, batchSize: 128, evaluateEvery: 4 },
    },
  ),
  'study-cifar10': preset('for `study`: pre-activation ResNet-20 on CIFAR-10, ten epochs', {
    ...study,
    dataset: { name: 'cifar10' },
    images: cifar,
    train: { epochs: 10, batchSize: 64, evaluateEvery: 2, checkpointEvery: 1 },
  }),
  'study-mnist': preset('for `study`: pre-activation ResNet-8 on MNIST, two epochs', {
    dataset: { name: 'mnist' },
    images: {
      cropSize: 28,
      padding: 2,
      flip: 0,
      mean: [0.1307, 0.1307, 0.1307],
      std: [0.3081, 0.3081, 0.3081],
    },
    model: { ...study.model, network: { ...study.model.network, depth: 8 } },
    optimizer: study.optimizer,
    train: { epochs: 2, batchSize: 64, evaluateEvery: 0.5, checkpointEvery: 0.5 },
  }),
  'ws-imagenet-r50': preset(
    'GN + Weight Standardization, ResNet-50; 76.28 % (their repository), BN 76.13 % (torchvision v1)',
    {
      dataset: { name: 'imagenet' },
      images: imagenet,
      model: { network: { name: 'resnet', depth: 50 }, recipe: 'ws+gn' },
      optimizer: { ...imagenetOptimizer, schedule: { name: 'step', milestones: [30, 60] } },
      train: { epochs: 90, batchSize: 32, accumulate: 8 },
    },
  ),
  'pws-cifar10-r34': preset(
    'Parametric WS, ResNet-34; 95.1 %, BN 95.3 %, GN 94.2 % (PWSConv, whose biases decay)',
    {
      dataset: { name: 'cifar10' },
      images: cifar,
      model: {
        network: {
          ...{ name: 'cifar-resnet', depth: 34, widths: 'imagenet' },
          ...{ preActivation: true, boundaryNorm: true },
        },
        recipe: 'pws',
        normalization: { pwsEpsilon: 1e-3 },
      },
      optimizer: { schedule: { name: 'step', milestones: [100, 150] } },
      train: { epochs: 200, batchSize: 128 },
    },
  ),
  'kn-cifar10-r32': preset(
    'Batch Kalman Normalization at 2 images, pre-activation ResNet-32; KN above GN above BN (curves without numbers; there ' +
      'with a mean of every pixel, a first epoch at 0.01 throughout, 0.0002 from epoch 300 on, and a weight decay that falls)',
    {
      dataset: { name: 'cifar10' },
      images: { mean: cifar.mean, std: [128 / 255, 128 / 255, 128 / 255] },
      model: { network: { name: 'cifar-resnet', depth: 32, preActivation: true }, recipe: 'bkn' },
      optimizer: {
        schedule: { name: 'step', milestones: [82, 123, 300] },
        warmUpEpochs: 1,
        warmUpFactor: 0.1,
        weightDecay: 2e-4,
      },
      train: { epochs: 400, batchSize: 2, accumulate: 64 },
    },
  ),
  'mabn-imagenet-r50': preset(
    'Moving Average BN at 2 images, ResNet-50; 76.33 %, BN at 2 64.78 %, BN at 32 76.59 % (MABN repository, with BGR, ' +
      'square crops and lighting noise)',
    {
      dataset: { name: 'imagenet' },
      images: { ...imagenet, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
      model: {
        network: { name: 'resnet', depth: 50 },
        recipe: 'mabn',
        normalization: { mabnForm: 'imagenet', mabnBuffer: 16, mabnBatch: 2 },
      },
      loss: { labelSmoothing: 0.1 },
      optimizer: imagenetOptimizer,
      train: { epochs: 120, batchSize: 32, accumulate: 8 },
    },
  ),
  squeezenet: preset(
    'the released SqueezeNet 1.0 (--weights), to answer with; 57.5 % (Iandola et al. 2016)',
    {
      dataset: { name: 'imagenet' },
      images: {
        ...{ crop: 'random-resized', cropSize: 227, evaluationResize: 256 },
        mean: [123 / 255, 117 / 255, 104 / 255],
        std: [1 / 255, 1 / 255, 1 / 255],
      },
      model: { network: { name: 'squeezenet' }, recipe: 'none' },
      optimizer: { learningRate: 1e-3, ratePerImages: null, weightDecay: 2e-4 },
    },
  ),
} as const satisfies Record<string, ConfigPreset<ConfigInput>>;

export type PresetName = keyof typeof PRESETS;
