// Kalman Normalization without a prediction, as the first one of a network.

import type { Subject } from './subject.ts';

export const kalmanSubjects: readonly Subject[] = [];
