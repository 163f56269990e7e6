// One training step of a method on a network: the network's outputs are computed when the loss first asks for them.

import type { DomainNetwork, NetworkOutputs } from './domain-network.ts';
import type { SourceBatch, TargetBatch, TrainingStep } from './method.ts';

export interface StepBatches {
  readonly source?: SourceBatch;
  readonly target?: TargetBatch;
}

const required = <T>(value: T | undefined, domain: 'source' | 'target'): T => {
  if (value !== undefined) return value;
  throw new Error(`The method asks for ${domain} images in a step that has none: say so in its \`domains\`.`);
};

/** @param batches of the domains that the method takes; to be used inside `tf.tidy`. */
export function trainingStep(network: DomainNetwork, batches: StepBatches): TrainingStep {
  const { source, target } = batches;
  let outputs: NetworkOutputs | null = null;
  const computed = (): NetworkOutputs =>
    (outputs ??= network.forward({
      ...(source === undefined ? {} : { source: source.images }),
      ...(target === undefined ? {} : { target: target.images }),
    }));
  return {
    network,
    get sourceBatch() {
      return required(source, 'source');
    },
    get targetBatch() {
      return required(target, 'target');
    },
    get source() {
      return required(computed().source, 'source');
    },
    get target() {
      return required(computed().target, 'target');
    },
  };
}
