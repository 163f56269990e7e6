import { describe, expect, it } from 'vitest';
import { initialRate } from '../network/optimizer.ts';
import { runLength } from '../training/run-length.ts';
import { loadConfig } from './load-config.ts';
import { PRESETS, type PresetName } from './presets.ts';

const names = Object.keys(PRESETS) as PresetName[];
const IMAGES = { cifar: 50_000, imagenet: 1_281_167 };

describe('presets', () => {
  it.each(names)('%s is a run with evaluations and checkpoints in it', async (preset) => {
    const config = await loadConfig({ preset });
    const { epochs, evaluateEvery, checkpointEvery } = config.train;
    expect(Math.max(evaluateEvery, checkpointEvery)).toBeLessThan(epochs);
    const { schedule } = config.optimizer;
    if (schedule.name === 'step') expect(Math.max(...schedule.milestones)).toBeLessThan(epochs);
  });

  // Of the authors' programs: gradient batch, rate, milestones and epochs, decay and whether norms and biases take part in it.
  it.each([
    ['cifar10-r20', 128, 0.1, [82, 123], 164, 1e-4],
    ['ws-imagenet-r50', 256, 0.1, [30, 60], 90, 1e-4],
    ['pws-cifar10-r34', 128, 0.1, [100, 150], 200, 5e-4],
    ['kn-cifar10-r32', 128, 0.1, [82, 123, 300], 400, 2e-4],
    ['mabn-imagenet-r50', 256, 0.1, [30, 60, 90], 120, 1e-4],
  ] as const)('%s has the published optimizer', async (preset, images, rate, milestones, epochs, decay) => {
    const config = await loadConfig({ preset });
    const { train, optimizer, seed } = config;
    expect(train.batchSize * train.accumulate).toBe(images);
    expect(initialRate(config)).toBe(rate);
    expect(optimizer).toMatchObject({
      schedule: { name: 'step', milestones, factor: 0.1 },
      momentum: 0.9,
      nesterov: false,
      weightDecay: decay,
    });
    expect(train.epochs).toBe(epochs);
    expect(seed).toBe(0);
  });

  it('of He et al. ends after their 64,000 iterations, and falls after 32,000 and 48,000', async () => {
    const length = runLength(await loadConfig({ preset: 'cifar10-r20' }), IMAGES.cifar);
    expect(length.stepsPerEpoch).toBe(390);
    expect(Math.abs(length.totalSteps - 64_000)).toBeLessThan(length.stepsPerEpoch);
    expect(Math.abs(82 * 390 - 32_000)).toBeLessThan(390);
    expect(Math.abs(123 * 390 - 48_000)).toBeLessThan(390);
  });

  it('of the methods normalize as their authors do', async () => {
    const model = async (preset: PresetName) => (await loadConfig({ preset })).model;
    expect(await model('ws-imagenet-r50')).toMatchObject({
      network: { name: 'resnet', depth: 50 },
      recipe: 'ws+gn',
      normalization: { groups: 32 },
    });
    expect(await model('pws-cifar10-r34')).toMatchObject({
      network: { depth: 34, widths: 'imagenet', preActivation: true, boundaryNorm: true },
      recipe: 'pws',
      normalization: { pwsEpsilon: 1e-3, pwsEquivalent: false },
      dataDependentStart: false,
    });
    expect(await model('kn-cifar10-r32')).toMatchObject({
      network: { depth: 32, widths: 'cifar', preActivation: true },
      recipe: 'bkn',
      normalization: { kalmanRate: 0.9, bnMomentum: 0.1 },
    });
    expect(await model('mabn-imagenet-r50')).toMatchObject({
      recipe: 'mabn',
      normalization: { mabnForm: 'imagenet', mabnBuffer: 16, mabnBatch: 2 },
    });
  });

  it('of MABN makes 5,000 steps an epoch on raw pixels, with smoothed labels and decay on everything', async () => {
    const config = await loadConfig({ preset: 'mabn-imagenet-r50' });
    expect(Math.abs(runLength(config, IMAGES.imagenet).stepsPerEpoch - 5000)).toBeLessThan(10);
    expect(config.loss.labelSmoothing).toBe(0.1);
    expect(config.optimizer.decayNorms).toBe(true);
    expect(config.images.std.map((value) => value * 255)).toEqual([1, 1, 1]);
    expect(config.images).toMatchObject({ cropSize: 224, evaluationResize: 256, mean: [0, 0, 0] });
  });

  it('of Kalman normalization counts batches of two, and begins at a tenth of the rate', async () => {
    const { train, optimizer } = await loadConfig({ preset: 'kn-cifar10-r32' });
    expect(train).toMatchObject({ batchSize: 2, accumulate: 64 });
    expect(optimizer).toMatchObject({ warmUpEpochs: 1, warmUpFactor: 0.1, decayNorms: false });
  });
});
