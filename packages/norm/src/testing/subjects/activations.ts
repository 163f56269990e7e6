// Layers that normalize activations by statistics of a sample or of the batch.

import type * as tfl from '@tensorflow/tfjs-layers';
import { BatchChannelNorm } from '../../layers/batch-channel-norm.ts';
import { BatchNorm } from '../../layers/batch-norm.ts';
import { BatchRenorm, type BatchRenormArgs } from '../../layers/batch-renorm.ts';
import { EvoNormB0, EvoNormS0 } from '../../layers/evo-norm.ts';
import { FilterResponseNorm, ThresholdedLinearUnit } from '../../layers/filter-response-norm.ts';
import { GroupNorm, instanceNormalization, layerNormalization } from '../../layers/group-norm.ts';
import {
  MovingAverageBatchNorm,
  type MovingAverageBatchNormArgs,
} from '../../layers/moving-average-batch-norm.ts';
import { SyncBatchNorm } from '../../layers/sync-batch-norm.ts';
import type { Subject } from './subject.ts';

const perSample = (
  title: string,
  make: (name: string) => tfl.layers.Layer,
  options: Partial<Subject> = {},
): Subject => ({
  title,
  make,
  batchIndependent: true,
  state: [],
  ignoresOffsetOf: 'activations',
  ...options,
});

const withOffset = (
  title: string,
  make: (name: string) => tfl.layers.Layer,
  options: Partial<Subject> = {},
): Subject => perSample(title, make, { ignoresOffsetOf: 'nothing', ...options });

const onePixel = /"subject" got an input of shape \[1, 1, 1, 7\] in training: one value per channel/;

const perBatch = (
  title: string,
  make: (name: string) => tfl.layers.Layer,
  options: Partial<Subject> = {},
): Subject => ({
  title,
  make,
  batchIndependent: false,
  state: ['movingMean', 'movingVariance'],
  ignoresOffsetOf: 'activations',
  refusesOnePixel: onePixel,
  ...options,
});

const batchRenorm = (title: string, args: BatchRenormArgs, options: Partial<Subject> = {}): Subject =>
  perBatch(title, (name) => new BatchRenorm({ name, ...args }), {
    state: ['movingMean', args.average === 'variance' ? 'movingVariance' : 'movingDeviation', 'step'],
    stepsToConverge: args.momentum === undefined ? 700 : 100,
    ...options,
  });

const movingAverage = (
  title: string,
  args: MovingAverageBatchNormArgs,
  options: Partial<Subject> = {},
): Subject => ({
  title,
  make: (name) => new MovingAverageBatchNorm({ name, ...args }),
  batchIndependent: false,
  state: ['movingSecondMoment', 'step', 'secondMoments', 'gradientMoments'],
  ignoresOffsetOf: 'nothing',
  stepsToConverge: 300,
  ...options,
});

export const activationSubjects: readonly Subject[] = [
  perBatch('BatchNorm', (name) => new BatchNorm({ name })),
  perBatch('BatchNorm, Keras convention', (name) => new BatchNorm({ name, convention: 'keras' })),
  perBatch('SyncBatchNorm, alone', (name) => new SyncBatchNorm({ name }), { stepsToConverge: 100 }),
  batchRenorm('BatchRenorm', {}),
  batchRenorm('BatchRenorm, averaged variance', { average: 'variance', momentum: 0.1 }),
  batchRenorm(
    'BatchRenorm, constant bounds',
    { rMax: 1.5, dMax: 0.5, momentum: 0.1 },
    {
      ignoresOffsetOf: 'nothing',
      trainingUsesState: true,
      gradientIsDefined: 'r and d are constants to it, though they depend on the batch',
    },
  ),
  movingAverage('MovingAverageBatchNorm', {}),
  movingAverage(
    'MovingAverageBatchNorm, past its warm-ups',
    { bufferSize: 2, warmup: 0, renormalizationWarmup: 0 },
    {
      trainingUsesState: true,
      gradientIsDefined: 'its batch statistic is averaged over earlier gradients',
    },
  ),
  {
    title: 'BatchChannelNorm',
    make: (name) => new BatchChannelNorm({ name, rate: 0.5, groups: 1 }),
    batchIndependent: false,
    state: ['movingMean', 'movingVariance'],
    ignoresOffsetOf: 'nothing',
    trainingUsesState: true,
    stepsToConverge: 30,
    gradientIsDefined: 'the running statistics are constants to it, though the batch moves them first',
  },
  perBatch(
    'BatchChannelNorm, batch step',
    (name) => new BatchChannelNorm({ name, batchStep: 'batch', unevenGroups: 'fit' }),
    { stepsToConverge: 100 },
  ),
  perBatch('EvoNormB0', (name) => new EvoNormB0({ name }), {
    state: ['movingVariance'],
    ignoresOffsetOf: 'nothing',
    stepsToConverge: 100,
  }),
  perSample('GroupNorm', (name) => new GroupNorm({ name, groups: 2, unevenGroups: 'fit' })),
  perSample('LayerNorm', (name) => layerNormalization({ name })),
  perSample('InstanceNorm', (name) => instanceNormalization({ name }), {
    refusesOnePixel: /"subject" with 7 groups.*single value/,
  }),
  withOffset('FilterResponseNorm', (name) => new FilterResponseNorm({ name })),
  withOffset(
    'FilterResponseNorm, learned ε',
    (name) => new FilterResponseNorm({ name, learnedEpsilon: true }),
  ),
  withOffset('ThresholdedLinearUnit', (name) => new ThresholdedLinearUnit({ name }), {
    gradientIsDefined: 'it has a kink at τ, which finite differences would step over',
  }),
  withOffset('EvoNormS0', (name) => new EvoNormS0({ name, unevenGroups: 'fit' })),
  withOffset('EvoNormS0, a group a channel', (name) => new EvoNormS0({ name, groups: 7 }), {
    refusesOnePixel: /"subject" with 7 groups.*single value/,
  }),
  withOffset('EvoNormS0 without its non-linearity', (name) => new EvoNormS0({ name, nonlinearity: false })),
  withOffset('EvoNormB0 without its non-linearity', (name) => new EvoNormB0({ name, nonlinearity: false })),
];
