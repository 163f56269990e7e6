/** SGD over all weights, and its learning rate. */
import {
  constantSchedule,
  cosineSchedule,
  groupsOf,
  namedVariables,
  polySchedule,
  Sgd,
  stepSchedule,
  withWarmUp,
  type Schedule,
} from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import type { RunLength } from '../training/run-length.ts';

export function buildOptimizer({ optimizer }: Config, network: tfl.LayersModel): Sgd {
  const { momentum, nesterov, weightDecay, decayNorms } = optimizer;
  return new Sgd({
    groups: groupsOf({
      parameters: namedVariables(network),
      weightDecay,
      ...(decayNorms ? { noDecay: () => false } : {}),
    }),
    momentum,
    nesterov,
  });
}

/** The rate at the start: scaled linearly to the images of a step, where it is meant for others (Goyal et al. 2017, arXiv:1706.02677). */
export function initialRate({ optimizer, train }: Config): number {
  const { learningRate, ratePerImages } = optimizer;
  return ratePerImages === null
    ? learningRate
    : (learningRate * train.batchSize * train.accumulate) / ratePerImages;
}

function withoutWarmUp(config: Config, { totalSteps, stepsPerEpoch }: RunLength): Schedule {
  const { schedule } = config.optimizer;
  const learningRate = initialRate(config);
  switch (schedule.name) {
    case 'cosine':
      return cosineSchedule({ learningRate, totalSteps, end: schedule.end });
    case 'poly':
      return polySchedule({ learningRate, totalSteps, power: schedule.power });
    case 'step': {
      const milestones = schedule.milestones.map((epoch) => Math.round(epoch * stepsPerEpoch));
      return stepSchedule({ learningRate, milestones, factor: schedule.factor });
    }
    case 'constant':
      return constantSchedule(learningRate);
  }
}

/** The learning rate of step 0, 1, … */
export function scheduleOf(config: Config, length: RunLength): Schedule {
  const { warmUpEpochs, warmUpFactor } = config.optimizer;
  return withWarmUp(withoutWarmUp(config, length), {
    warmUpSteps: Math.round(warmUpEpochs * length.stepsPerEpoch),
    startFactor: warmUpFactor,
  });
}
