import type { BatchNorm } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { RefreshContext } from '../method.ts';
import { tinyBatches, tinyNetwork, tinyPictures, weightValues } from '../testing/tiny-network.ts';
import { adaBn } from './ada-bn.ts';
import { mcc } from './mcc.ts';

const length = { steps: 4 };

describe('AdaBN', () => {
  it('trains on the source alone, or with what it is given', () => {
    const dimensions = { featureCount: 2, classCount: 3, targetCount: 5, totalSteps: 4, seed: 1 };
    const nameOf = (plan: ReturnType<typeof adaBn>): string[] =>
      plan.stages.map(({ method, steps }) => `${method(dimensions).name} ${steps}`);
    expect(nameOf(adaBn({}, length))).toEqual(['source-only 4']);
    expect(nameOf(adaBn({ training: mcc() }, length))).toEqual(['MCC 4']);
  });

  it.each(['exact', 'one-pass', 'moving-average'] as const)(
    'then takes over the target’s statistics: %s',
    async (method) => {
      const network = tinyNetwork();
      const context: RefreshContext = {
        network,
        targetBatches: () => tinyBatches([4, 3], 1),
        targetCount: 7,
      };
      const before = weightValues(network);
      const moved: string[] = [];
      const plan = adaBn({ method, onAdapted: (shifts) => moved.push(...shifts.keys()) }, length);
      await plan.afterTraining?.(context);
      expect(moved).toEqual(['backbone.norm']);
      const changed = [...weightValues(network)].filter(
        ([name, values]) => `${values}` !== `${before.get(name)}`,
      );
      expect(changed.map(([name]) => name)).toEqual([
        'backbone.norm/movingMean',
        'backbone.norm/movingVariance',
      ]);
      // The population's, of all seven images together.
      const inputs = tf.tidy(() => {
        const conv = network.model.getLayer('backbone.conv').apply(tinyPictures(7, 1)) as tf.Tensor4D;
        return Array.from(tf.mean(conv, [0, 1, 2]).dataSync());
      });
      const found = weightValues(network).get('backbone.norm/movingMean') ?? [];
      found.forEach((mean, i) => {
        if (method === 'moving-average') expect(Math.abs(mean)).toBeLessThan(Math.abs(inputs[i] ?? NaN));
        else expect(mean).toBeCloseTo(inputs[i] ?? NaN, 5);
      });
      network.model.dispose();
    },
  );

  it('says before training where there is nothing to adapt', () => {
    const { unsuited } = adaBn({}, length);
    const answer = (recipe: string): string | null => {
      const { model } = tinyNetwork({ recipe, batching: 'split' });
      const sentence = unsuited?.(model) ?? null;
      model.dispose();
      return sentence;
    };
    expect(['bn', 'wa+bn', 'syncbn'].map(answer)).toEqual([null, null, null]);
    for (const recipe of ['gn', 'wa', 'none', 'tn', 'brn'])
      expect(answer(recipe)).toMatch(/this network has none/);
    expect(answer('dsbn')).toMatch(/layer "backbone.norm" keeps both domains' already: use the method dsbn/);
  });

  it('refuses frozen statistics before training', () => {
    const { model } = tinyNetwork();
    const layer = model.getLayer('backbone.norm') as BatchNorm;
    layer.freezeStatistics = true;
    expect(adaBn({}, length).unsuited?.(model)).toBe(
      'AdaBN replaces running statistics, and those of layer "backbone.norm" are frozen: unfreeze them.',
    );
    layer.freezeStatistics = false;
    layer.trainable = false;
    expect(adaBn({}, length).unsuited?.(model)).toMatch(/are frozen/);
  });
});
