/** Named starting points. A preset only names what differs from the defaults of the schema. */
import type { ConfigPreset } from '@plumbline/training/config';
import type { ConfigInput } from './config.ts';

export const PRESETS = {
  quick: {
    description:
      'A minute or two on two cores: ResNet-18 at 113×113, two images per step. What `npm start` runs.',
    config: {
      data: { baseSize: 128 },
      augment: { cropSize: 113, scale: [0.75, 1.5] },
      model: { depth: 18, headChannels: 64, atrousRates: [1, 2, 3], poolingNorm: 'none', dropout: 0.1 },
      optimizer: { learningRate: 0.02, headScale: 2, warmup: 20 },
      train: { steps: 700, logEvery: 5, checkpointEvery: 175, evaluateEvery: 350 },
      evaluate: { size: 129, pictures: 8 },
    },
  },
  'quick-portable': {
    description:
      'The quick preset for the portable backend: a smaller crop, so that it takes minutes there too.',
    config: {
      data: { baseSize: 112 },
      augment: { cropSize: 97, scale: [0.75, 1.5] },
      model: { depth: 18, headChannels: 64, atrousRates: [1, 2, 3], poolingNorm: 'none', dropout: 0.1 },
      optimizer: { learningRate: 0.015, headScale: 5, warmup: 20 },
      train: { steps: 400, logEvery: 5, checkpointEvery: 100, evaluateEvery: 200 },
      evaluate: { size: 113, pictures: 8 },
    },
  },
  'voc-small': {
    description:
      'Real VOC from random weights in about half an hour on two cores: ResNet-18, images of 160 pixels.',
    config: {
      data: { root: 'data/VOCdevkit/VOC2012', trainSplit: 'trainaug', baseSize: 160 },
      augment: { cropSize: 129 },
      model: { depth: 18, headChannels: 128, atrousRates: [2, 4, 6], poolingNorm: 'none', dropout: 0.1 },
      optimizer: { learningRate: 0.02, headScale: 2, warmup: 200 },
      train: { steps: 6000, logEvery: 20, checkpointEvery: 500, evaluateEvery: 2000 },
      evaluate: { size: 161 },
    },
  },
  overfit: {
    description:
      'Can the network learn at all? Eight images, no augmentation, scored on themselves: at least 90 % mIoU.',
    config: {
      data: { trainLimit: 8, valSplit: 'train', valLimit: 8, baseSize: 192 },
      augment: { cropSize: 193, scale: [1, 1], flip: 0 },
      model: {
        depth: 18,
        outputStride: 8,
        headChannels: 128,
        atrousRates: [2, 4, 6],
        poolingNorm: 'none',
        dropout: 0,
      },
      optimizer: { learningRate: 0.02, headScale: 2, warmup: 20, weightDecay: 0 },
      train: { steps: 200, logEvery: 10, checkpointEvery: 200, evaluateEvery: 100 },
      evaluate: { size: 193, pictures: 8 },
    },
  },
  'voc-mobilenetv2': {
    description:
      'The network of TensorFlow DeepLab’s TFLite model of 257 pixels: MobileNetV2 of width 0.5, to use with --weights.',
    config: {
      data: {
        root: 'data/VOCdevkit/VOC2012',
        trainSplit: 'trainaug',
        baseSize: 257,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      augment: { cropSize: 257 },
      model: {
        backbone: 'mobilenetv2',
        width: 0.5,
        channelMultiple: 1,
        recipe: 'none',
        keepKernels: true,
        outputStride: 8,
        atrousRates: [],
        headConvolution: false,
        poolingNorm: 'none',
        dropout: 0.1,
      },
      optimizer: { learningRate: 0.0001, headScale: 1, warmup: 100, clipNorm: 1 },
      train: { steps: 2000, evaluateEvery: 500 },
      evaluate: { size: 257 },
    },
  },
  voc: {
    description:
      'The micro-batch protocol of the literature: ResNet-50, output stride 16, crop 513, trainaug, 30k steps.',
    config: {
      data: { root: 'data/VOCdevkit/VOC2012', trainSplit: 'trainaug' },
      // As MMSegmentation's VOC configurations do.
      augment: { maxClassShare: 0.75, photometric: true },
    },
  },
} as const satisfies Record<string, ConfigPreset<ConfigInput>>;

export type PresetName = keyof typeof PRESETS;

export const isPresetName = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);
