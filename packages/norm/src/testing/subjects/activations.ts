// Layers that normalize activations by statistics of a sample or of the batch.

import type * as tfl from '@tensorflow/tfjs-layers';
import { BatchNorm } from '../../layers/batch-norm.ts';
import { GroupNorm, instanceNormalization, layerNormalization } from '../../layers/group-norm.ts';
import type { Subject } from './subject.ts';

const perSample = (
  title: string,
  make: (name: string) => tfl.layers.Layer,
  refusesOnePixel?: RegExp,
): Subject => ({
  title,
  make,
  batchIndependent: true,
  state: [],
  ignoresOffsetOf: 'activations',
  ...(refusesOnePixel === undefined ? {} : { refusesOnePixel }),
});

const perBatch = (title: string, make: (name: string) => tfl.layers.Layer): Subject => ({
  title,
  make,
  batchIndependent: false,
  state: ['movingMean', 'movingVariance'],
  ignoresOffsetOf: 'activations',
  refusesOnePixel: /"subject" got an input of shape \[1, 1, 1, 7\] in training: one value per channel/,
});

export const activationSubjects: readonly Subject[] = [
  perBatch('BatchNorm', (name) => new BatchNorm({ name })),
  perBatch('BatchNorm, Keras convention', (name) => new BatchNorm({ name, convention: 'keras' })),
  perSample('GroupNorm', (name) => new GroupNorm({ name, groups: 2, unevenGroups: 'fit' })),
  perSample('LayerNorm', (name) => layerNormalization({ name })),
  perSample(
    'InstanceNorm',
    (name) => instanceNormalization({ name }),
    /"subject" with 7 groups.*single value/,
  ),
];
