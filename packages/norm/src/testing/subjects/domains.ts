// Layers whose statistics belong to a domain.

import { DomainSpecificBatchNorm } from '../../layers/domain-specific-batch-norm.ts';
import { TransNorm } from '../../layers/trans-norm.ts';
import type { Subject } from './subject.ts';

const state = ['movingMean', 'movingVariance'];

export const domainSubjects: readonly Subject[] = [
  {
    title: 'DomainSpecificBatchNorm',
    make: (name) => new DomainSpecificBatchNorm({ name, domains: 3, domain: 1 }),
    batchIndependent: false,
    state,
    ignoresOffsetOf: 'activations',
    refusesOnePixel: /"subject" got an input of shape \[1, 1, 1, 7\] in training: one value per channel/,
  },
  {
    title: 'TransNorm',
    make: (name) => new TransNorm({ name, sourceCount: 1 }),
    batchIndependent: false,
    state,
    // An offset of both domains changes how far apart they are in units of their deviations.
    ignoresOffsetOf: 'nothing',
    refusesOnePixel: /"subject" got a training batch of 1 samples of which 1 are of the source/,
    gradientIsDefined: 'α is a constant',
    needsTwoDomains: true,
  },
];
