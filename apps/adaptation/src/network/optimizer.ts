/** What a stage trains, and how: SGD over backbone, new layers and the method's heads. */
import type { AdaptationMethod, DomainNetwork } from '@plumbline/adaptation';
import {
  groupsOf,
  inverseDecaySchedule,
  constantSchedule,
  namedVariables,
  Sgd,
  type NamedVariable,
  type Schedule,
} from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { isBackbone } from './build-network.ts';

/** The weights of a method's heads; names of different heads' layers differ. */
export const headVariables = ({ heads }: AdaptationMethod): NamedVariable[] =>
  heads.flatMap(({ model }) => namedVariables(model));

/** SGD over what `trains` lets through of the network and the method's heads. */
export function buildOptimizer(
  { optimizer }: Config,
  network: DomainNetwork,
  method: AdaptationMethod,
  trains: (weight: string) => boolean,
): Sgd {
  const { backboneScale, momentum, backboneMomentum, nesterov, weightDecay } = optimizer;
  const scales = new Map(
    method.heads.flatMap(({ model, learningRateScale = 1 }) =>
      namedVariables(model).map(({ name }) => [name, learningRateScale] as const),
    ),
  );
  const parameters = [...network.parameters(), ...headVariables(method)].filter(({ name }) => trains(name));
  return new Sgd({
    groups: groupsOf({
      parameters,
      scaleOf: (name) => (isBackbone(name) ? backboneScale : (scales.get(name) ?? 1)),
      weightDecay,
      ...(backboneMomentum === null
        ? {}
        : { momentumOf: (name: string) => (isBackbone(name) ? backboneMomentum : momentum) }),
    }),
    momentum,
    nesterov,
  });
}

/** The learning rate of step 0, 1, … of a stage. */
export function stageSchedule({ optimizer: { learningRate, gamma, power } }: Config): Schedule {
  return gamma === 0 ? constantSchedule(learningRate) : inverseDecaySchedule({ learningRate, gamma, power });
}
