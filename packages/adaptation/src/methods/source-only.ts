// Training on the source alone: what every gain of adaptation is measured against.

import { classificationLoss } from '@plumbline/training';
import type { MethodFactory } from './plan.ts';

export interface SourceOnlyOptions {
  /** ε in [0, 1). Default 0; SHOT's first stage takes 0.1. */
  readonly labelSmoothing?: number;
}

/** No step sees a target image, so the network's running statistics are the source's alone. */
export const sourceOnly =
  ({ labelSmoothing = 0 }: SourceOnlyOptions = {}): MethodFactory =>
  () => ({
    name: 'source-only',
    domains: { source: true, target: false },
    heads: [],
    loss({ source, sourceBatch }) {
      const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels, {
        labelSmoothing,
      });
      return { total: classification, terms: { classification } };
    },
    dispose() {},
  });
