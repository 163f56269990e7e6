import { dann, sourceOnly, type AdaptationMethod, type MethodDimensions } from '@plumbline/adaptation';
import type { ParameterGroup } from '@plumbline/training';
import { expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { tinyConfig } from '../testing/tiny-task.ts';
import { buildNetwork } from './build-network.ts';
import { buildOptimizer, stageSchedule } from './optimizer.ts';

const dimensions: MethodDimensions = {
  featureCount: 8,
  classCount: 2,
  targetCount: 4,
  totalSteps: 6,
  seed: 0,
};

function groupOf(
  weight: string,
  optimizer: ConfigInput['optimizer'],
  method: AdaptationMethod = sourceOnly()(dimensions),
): ParameterGroup | undefined {
  const config = tinyConfig('', { optimizer });
  const network = buildNetwork(config, { classes: 2, channels: 3 });
  const { groups } = buildOptimizer(config, network, method, (name) => name !== 'classifier.fc/bias');
  network.model.dispose();
  return groups.find(({ parameters }) => parameters.some(({ name }) => name === weight));
}

it('the backbone has a rate and a momentum of its own, and heads have the factor they say', () => {
  const optimizer = { backboneScale: 0.1, backboneMomentum: 0, weightDecay: 0.01 };
  const method = dann({ discriminator: { hiddenWidth: 4, learningRateScale: 3 } })(dimensions);
  const of = (weight: string) => groupOf(weight, optimizer, method);
  expect(of('backbone.conv1/kernel')).toMatchObject({
    learningRateScale: 0.1,
    momentum: 0,
    weightDecay: 0.01,
  });
  expect(of('backbone.bn1/gamma')).toMatchObject({ learningRateScale: 0.1, momentum: 0, weightDecay: 0 });
  expect(of('bottleneck.fc/kernel')).toMatchObject({
    learningRateScale: 1,
    momentum: 0.9,
    weightDecay: 0.01,
  });
  expect(of('discriminator.fc1/kernel')).toMatchObject({ learningRateScale: 3, momentum: 0.9 });
  method.dispose();
});

it('takes in what is let through alone, with one momentum unless the backbone has another', () => {
  expect(groupOf('classifier.fc/bias', {})).toBeUndefined();
  expect(groupOf('backbone.conv1/kernel', {})?.momentum).toBeUndefined();
});

it('the rate falls within a stage, or stays', () => {
  const rates = (gamma: number) => {
    const schedule = stageSchedule(tinyConfig('', { optimizer: { learningRate: 0.1, gamma, power: 0.5 } }));
    return [schedule(0), schedule(3)];
  };
  expect(rates(1)).toEqual([0.1, 0.05]);
  expect(rates(0)).toEqual([0.1, 0.1]);
});
