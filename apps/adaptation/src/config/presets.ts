/**
 * Starting points. Those with a published counterpart bear its name, and say what it gave: top-1 accuracy on Office-31 with
 * an ImageNet ResNet-50 (`--weights`), "best epoch" meaning that it was chosen with the labels of the target.
 */
import type { ConfigPreset } from '@plumbline/training/config';
import type { ConfigInput } from './config.ts';

const office31 = { name: 'office31', source: 'amazon', target: 'webcam' } as const;
const resNet50 = { name: 'resnet', depth: 50 } as const;

/** tllib's discriminator: batch norm, no dropout. */
const normalized = { discriminatorBatchNorm: true, discriminatorDropout: 0 } as const;

interface TllibOptions {
  learningRate: number;
  gamma: number;
  weightDecay: number;
  steps: number;
  bottleneck: NonNullable<ConfigInput['model']>['bottleneck'];
  batch?: number;
  domainBatching?: 'joint' | 'separate';
}

/** What the settings of tllib's Office-31 scripts have in common (github.com/thuml/Transfer-Learning-Library). */
const tllib = (method: ConfigInput['method'], options: TllibOptions): ConfigInput => ({
  task: office31,
  model: { backbone: resNet50, recipe: 'bn', bottleneck: options.bottleneck },
  method,
  optimizer: {
    learningRate: options.learningRate,
    gamma: options.gamma,
    weightDecay: options.weightDecay,
  },
  train: {
    steps: options.steps,
    sourceBatch: options.batch ?? 32,
    targetBatch: options.batch ?? 32,
    domainBatching: options.domainBatching ?? 'joint',
  },
});

const afn = (method: ConfigInput['method']): ConfigInput => ({
  task: office31,
  images: { crop: 'random' },
  model: {
    backbone: resNet50,
    recipe: 'bn',
    bottleneck: { width: 1000, dropout: 0.5, dropoutForm: 'l2' },
  },
  method,
  optimizer: {
    learningRate: 1e-3,
    gamma: 0,
    weightDecay: 5e-4,
    backboneScale: 1,
    backboneMomentum: 0,
    nesterov: false,
  },
  train: { steps: 10000, domainBatching: 'separate' },
});

const preset = <Input extends ConfigInput>(description: string, config: Input): ConfigPreset<Input> => ({
  description,
  config,
});

export const PRESETS = {
  quick: preset('the sample of two domains that comes with the project, about a minute', {
    task: { name: 'folders' },
    images: {
      resize: 28,
      // The 216 source images, always the same, are learned by heart in 60 steps, and then nothing is left to adapt.
      crop: 'random-resized',
      cropSize: 28,
      scale: [0.5, 1],
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      workers: 0,
      cacheMegabytes: 16,
    },
    // 32 groups would be single channels of the first convolution, and four features of the bottleneck.
    model: { backbone: { name: 'digits' }, recipe: 'wa+gn', bottleneck: { width: 128 }, groups: 4 },
    method: { name: 'dann', hidden: 128, reversalSteps: 100, reversalMaximum: 0.5 },
    optimizer: { learningRate: 0.02, backboneScale: 1 },
    train: { steps: 400, evaluateEvery: 100, checkpointEvery: 100 },
  }),
  digits: preset('MNIST and USPS with a LeNet, minutes', {
    task: { name: 'digits' },
    images: { resize: 28, crop: 'none', flip: 0, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], workers: 0 },
    // The network has 20, 50 and 128 channels.
    model: { backbone: { name: 'digits' }, recipe: 'wa+gn', groups: 5, bottleneck: { width: 128 } },
    method: { name: 'dann', hidden: 128, reversalSteps: 200 },
    optimizer: { learningRate: 0.02, backboneScale: 1, weightDecay: 5e-4 },
    train: { steps: 1000, evaluateEvery: 250, checkpointEvery: 250 },
  }),
  squeezenet: preset(
    'Office-31 with an ImageNet SqueezeNet 1.0 (--weights), early layers as they are; an hour',
    {
      task: office31,
      images: {
        resize: 150,
        cropSize: 131,
        mean: [123 / 255, 117 / 255, 104 / 255],
        std: [1 / 255, 1 / 255, 1 / 255],
      },
      model: {
        backbone: { name: 'squeezenet' },
        recipe: 'none',
        freezeStages: 2,
        // Unnormalized, its features are large, and losses on them larger.
        bottleneck: { width: 256, recipe: 'bn' },
      },
      method: { name: 'dann', hidden: 256, reversalSteps: 200 },
      optimizer: { learningRate: 3e-3, weightDecay: 5e-4, clipNorm: 5 },
      train: { steps: 1000, sourceBatch: 16, targetBatch: 16, evaluateEvery: 250, checkpointEvery: 50 },
    },
  ),
  'tllib-source-only': preset('source only; tllib: 79.5 % over six tasks, 75.8 % on A→W', {
    ...tllib(
      { name: 'source-only' },
      { learningRate: 1e-3, gamma: 3e-4, weightDecay: 5e-4, steps: 2500, bottleneck: null },
    ),
  }),
  'tllib-dann': preset('DANN; tllib: 86.1 %, 91.4 % on A→W, best epoch (82.2 % and 82.0 % in papers)', {
    ...tllib(
      { name: 'dann', ...normalized },
      { learningRate: 0.01, gamma: 1e-3, weightDecay: 1e-3, steps: 20000, bottleneck: { width: 256 } },
    ),
  }),
  'tllib-cdan': preset('CDAN; tllib: 87.7 %, 93.8 % on A→W, best epoch', {
    ...tllib(
      { name: 'cdan', randomized: false, ...normalized },
      { learningRate: 0.01, gamma: 1e-3, weightDecay: 1e-3, steps: 20000, bottleneck: { width: 256 } },
    ),
  }),
  'cdan-e': preset('CDAN+E with the settings of tllib’s CDAN; the paper: 87.7 %, 94.1 % on A→W', {
    ...tllib(
      { name: 'cdan', randomized: false, entropyConditioning: true, ...normalized },
      { learningRate: 0.01, gamma: 1e-3, weightDecay: 1e-3, steps: 20000, bottleneck: { width: 256 } },
    ),
  }),
  'tllib-dan': preset('DAN, linear estimator; tllib: 83.7 %, 84.2 % on A→W, best epoch', {
    ...tllib(
      { name: 'dan', estimator: 'linear' },
      {
        learningRate: 3e-3,
        gamma: 3e-4,
        weightDecay: 5e-4,
        steps: 10000,
        bottleneck: { width: 256, norm: false, dropout: 0.5 },
        domainBatching: 'separate',
      },
    ),
  }),
  'tllib-jan': preset('JAN; tllib: 87.0 %, 93.7 % on A→W, best epoch', {
    ...tllib(
      { name: 'jan' },
      {
        learningRate: 3e-3,
        gamma: 3e-4,
        weightDecay: 5e-4,
        steps: 10000,
        bottleneck: { width: 256, dropout: 0.5 },
      },
    ),
  }),
  'tllib-mdd': preset('MDD; tllib: 89.6 %, 95.6 % on A→W, best epoch', {
    ...tllib(
      { name: 'mdd' },
      {
        learningRate: 4e-3,
        gamma: 2e-4,
        weightDecay: 5e-4,
        steps: 20000,
        bottleneck: { width: 1024, dropout: 0.5 },
      },
    ),
  }),
  'tllib-mcc': preset('MCC; tllib: 89.6 %, 94.1 % on A→W, best epoch', {
    ...tllib(
      { name: 'mcc' },
      {
        learningRate: 5e-3,
        gamma: 1e-3,
        weightDecay: 1e-3,
        steps: 10000,
        bottleneck: { width: 1024 },
        batch: 36,
      },
    ),
  }),
  'afn-hafn': preset(
    'HAFN; its authors: 83.9 %, 83.4 % on A→W, three seeds',
    afn({ name: 'afn', form: 'hafn' }),
  ),
  'afn-safn': preset('SAFN; its authors: 85.7 %, 88.8 % on A→W, three seeds', afn({ name: 'afn' })),
  'afn-safn-ent': preset(
    'SAFN+ENT; its authors: 87.1 %, 90.1 % on A→W, three seeds',
    afn({ name: 'afn', entropyWeight: 0.1 }),
  ),
  shot: preset('SHOT; its authors: 88.6 %, 90.1 % on A→W, three seeds, last step', {
    task: office31,
    images: { crop: 'random' },
    model: {
      backbone: resNet50,
      recipe: 'bn',
      bottleneck: { width: 256, relu: false },
      classifier: 'weight-norm',
    },
    method: { name: 'shot', sourceShare: 0.955 },
    // (1 + 10 p)^−0.75 over the share p of the stage.
    optimizer: { learningRate: 0.01, gamma: 10 / 4000, weightDecay: 1e-3 },
    train: { steps: 4150, sourceBatch: 64, targetBatch: 64 },
  }),
} as const satisfies Record<string, ConfigPreset<ConfigInput>>;

export type PresetName = keyof typeof PRESETS;
