// The layers that the conformance suite runs over. A later normalizer is added in one of these lists, and only there.

import { activationSubjects } from './activations.ts';
import { domainSubjects } from './domains.ts';
import { kalmanSubjects } from './kalman.ts';
import type { Subject } from './subject.ts';
import { weightSubjects } from './weights.ts';

export type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  ...weightSubjects,
  ...activationSubjects,
  ...kalmanSubjects,
  ...domainSubjects,
];
