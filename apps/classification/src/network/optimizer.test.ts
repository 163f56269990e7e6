import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { tinyConfig } from '../testing/tiny-images.ts';
import { runLength, type RunLength } from '../training/run-length.ts';
import { buildNetwork } from './build-network.ts';
import { buildOptimizer, initialRate, scheduleOf } from './optimizer.ts';

const length = (train: ConfigInput['train'], images: number): RunLength =>
  runLength(tinyConfig('', { train }), images);

describe('the length of a run', () => {
  it('is counted in whole batches of every epoch', () => {
    expect(length({ epochs: 3, batchSize: 4, evaluateEvery: 1.5, checkpointEvery: 0.1 }, 23)).toEqual({
      stepsPerEpoch: 5,
      totalSteps: 15,
      evaluateEvery: 8,
      checkpointEvery: 1,
    });
  });

  it('is in optimizer steps, which may go across epochs', () => {
    expect(length({ epochs: 3, batchSize: 4, accumulate: 2 }, 23)).toMatchObject({
      stepsPerEpoch: 2.5,
      totalSteps: 8,
      evaluateEvery: 3,
    });
    expect(length({ epochs: 8, batchSize: 1, accumulate: 64 }, 32)).toMatchObject({ totalSteps: 4 });
  });

  it.each([
    [{ epochs: 1, batchSize: 8 }, 'A step takes 8 images'],
    [{ epochs: 1, batchSize: 4, accumulate: 4 }, 'A step takes 16 images'],
    [{ epochs: 0.1, batchSize: 2 }, '0.1 epochs of 6 training images are less than one: lower them'],
  ])('of less than a step is refused: %o', (train, message) => {
    expect(() => length(train, 6)).toThrow(message);
  });
});

/** Ten steps an epoch. */
function rates(
  optimizer: ConfigInput['optimizer'],
  steps: readonly number[],
  train: ConfigInput['train'] = {},
): number[] {
  const config = tinyConfig('', { optimizer, train: { epochs: 4, batchSize: 4, ...train } });
  const schedule = scheduleOf(config, runLength(config, 40 * config.train.accumulate));
  return steps.map((step) => Number(schedule(step).toPrecision(6)));
}

describe('the learning rate', () => {
  it('is scaled linearly to the images of a step, or taken as it is', () => {
    const of = (ratePerImages: number | null, batchSize: number, accumulate: number): number =>
      initialRate(
        tinyConfig('', { optimizer: { learningRate: 0.1, ratePerImages }, train: { batchSize, accumulate } }),
      );
    expect(of(128, 128, 1)).toBe(0.1);
    expect(of(128, 2, 64)).toBe(0.1);
    expect(of(128, 2, 1)).toBeCloseTo(0.1 / 64, 12);
    expect(of(256, 1024, 1)).toBeCloseTo(0.4, 12);
    expect(of(null, 2, 1)).toBe(0.1);
    expect(rates({ learningRate: 1, ratePerImages: 2, schedule: { name: 'constant' } }, [0])).toEqual([2]);
  });

  it('falls at milestones, which are epochs', () => {
    const schedule = { name: 'step' as const, milestones: [1, 2.5], factor: 0.5 };
    expect(rates({ learningRate: 1, schedule }, [0, 9, 10, 24, 25, 39])).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25,
    ]);
    // Ten optimizer steps an epoch still, of eight images each.
    expect(rates({ learningRate: 1, schedule }, [9, 10], { accumulate: 2 })).toEqual([1, 0.5]);
  });

  it('falls as half a cosine, or as a power', () => {
    expect(rates({ learningRate: 1, schedule: { name: 'cosine', end: 0.2 } }, [0, 20, 40])).toEqual([
      1, 0.6, 0.2,
    ]);
    expect(rates({ learningRate: 1, schedule: { name: 'poly', power: 2 } }, [0, 20, 40])).toEqual([
      1, 0.25, 0,
    ]);
  });

  it('rises on a line during the warm-up', () => {
    const optimizer = { learningRate: 1, warmUpEpochs: 1, schedule: { name: 'constant' } } as const;
    expect(rates(optimizer, [0, 5, 10, 39])).toEqual([0, 0.5, 1, 1]);
    expect(rates({ ...optimizer, warmUpFactor: 0.1 }, [0, 5])).toEqual([0.1, 0.55]);
  });
});

it('norms and biases decay only where that is said', () => {
  const decays = (decayNorms: boolean): Record<string, number> => {
    const config = tinyConfig('', { model: { recipe: 'bn' }, optimizer: { weightDecay: 0.01, decayNorms } });
    const network = buildNetwork(config, { classes: 2, channels: 3 });
    const optimizer = buildOptimizer(config, network);
    const entries = optimizer.groups.flatMap(({ parameters, weightDecay }) =>
      parameters.map(({ name }) => [name, weightDecay] as const),
    );
    optimizer.dispose();
    network.dispose();
    return Object.fromEntries(entries);
  };
  const [some, all] = [decays(false), decays(true)];
  expect(some).toMatchObject({
    'backbone.conv1/kernel': 0.01,
    'backbone.bn1/gamma': 0,
    'classifier.fc/bias': 0,
  });
  expect(new Set(Object.values(all))).toEqual(new Set([0.01]));
  expect(Object.keys(all)).toEqual(expect.arrayContaining(Object.keys(some)));
});
