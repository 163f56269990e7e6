// Kalman Normalization without a prediction, as the first one of a network.

import { BatchKalmanNorm } from '../../kalman/batch-kalman-norm.ts';
import { GroupKalmanNorm } from '../../kalman/group-kalman-norm.ts';
import { KalmanConv2D } from '../../kalman/kalman-conv2d.ts';
import type { Subject } from './subject.ts';

export const kalmanSubjects: readonly Subject[] = [
  {
    title: 'BatchKalmanNorm without a prediction',
    make: (name) => new BatchKalmanNorm({ name }),
    batchIndependent: false,
    state: ['movingMean', 'movingVariance'],
    ignoresOffsetOf: 'activations',
    refusesOnePixel: /"subject" got an input of shape \[1, 1, 1, 7\] in training: one value per channel/,
  },
  {
    title: 'GroupKalmanNorm without a prediction',
    make: (name) => new GroupKalmanNorm({ name, groups: 2, unevenGroups: 'fit' }),
    batchIndependent: true,
    state: [],
    ignoresOffsetOf: 'activations',
  },
  {
    title: 'KalmanConv2D without moments',
    make: (name) => new KalmanConv2D({ name, filters: 5, kernelSize: 3, padding: 1, seed: 7 }),
    batchIndependent: true,
    state: [],
    ignoresOffsetOf: 'nothing',
  },
];
