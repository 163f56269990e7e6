import { describe, expect, it } from 'vitest';
import { describeOptimizer } from './describe-optimizer.ts';
import { loadConfig } from './load-config.ts';

const from = (...set: string[]) => loadConfig({ preset: 'cifar10-r20', set });

describe('a configuration', () => {
  it.each([
    [['loss.mixup=0.2', 'train.batchSize=1'], 'loss.mixup: must be null with train.batchSize 1: an image'],
    [
      ['model.network.name=squeezenet', 'images.cropSize=32'],
      'images.cropSize: must be at least 33 with model.network.name squeezenet (got 32)',
    ],
    [['model.network.boundaryNorm=true'], 'model.network.boundaryNorm: must be false without preActivation'],
    [['train.epochs=2', 'optimizer.warmUpEpochs=2'], 'optimizer.warmUpEpochs: must be below train.epochs, 2'],
    [
      ['train.precision=bf16', 'train.capture=never'],
      'train.precision: must be float32 with train.capture never',
    ],
    [
      ['images.resize=20', 'images.evaluationResize=32'],
      'images.cropSize: must be at most images.resize plus padding, 28',
    ],
    // The padding is training's alone.
    [
      ['images.resize=28'],
      'images.resize: must be at least images.cropSize, 32, or images.evaluationResize be set',
    ],
    [
      ['images.evaluationResize=31'],
      'images.evaluationResize: must be at least images.cropSize, 32 (got 31)',
    ],
    [['images.cropSize=36'], "images.cropSize: must be at most 32, the side of cifar10's images (got 36)"],
    [['images.scale=[1, 0.08]'], 'images.scale: must be two shares, the smaller one first, of at most 1'],
    [['images.scale=[0.5, 2]'], 'images.scale: must be two shares'],
    [
      ['dataset.name=mnist', 'images.cropSize=28'],
      'images.mean: must be one value three times with dataset.name mnist',
    ],
    [['optimizer.schedule.milestones=[60, 30]'], 'optimizer.schedule.milestones: must rise'],
    [
      ['model.recipe=wa+mabn', 'model.normalization.mabnForm=imagenet'],
      'train.batchSize: must be 32, model.normalization.mabnBuffer × mabnBatch, with mabnForm imagenet (got 128)',
    ],
    [['model.recipes=bn'], 'recipes'],
  ])('with %s is refused', async (set, message) => {
    await expect(from(...set)).rejects.toThrow(message);
  });

  it('takes what those refusals leave', async () => {
    await from('images.cropSize=36', 'images.evaluationResize=36');
    await from('images.crop=none', 'images.cropSize=36');
    await from('images.resize=28', 'images.evaluationResize=32');
    const mnist = [
      'dataset.name=mnist',
      'images.cropSize=28',
      'images.mean=[0.1,0.1,0.1]',
      'images.std=[1,1,1]',
    ];
    expect((await from(...mnist)).dataset).toEqual({ name: 'mnist', root: 'data/mnist' });
    await from('model.recipe=mabn');
    await from('model.recipe=mabn', 'model.normalization.mabnForm=imagenet', 'train.batchSize=32');
  });

  it.each([
    ['cosine', [], 'half a cosine to 0'],
    ['cosine', ['optimizer.schedule.end=0.01'], 'half a cosine to 0.01'],
    ['poly', [], 'poly 0.9'],
    ['constant', [], ', constant,'],
    ['step', [], '×0.1 at epochs 82, 123'],
  ])('says what its optimizer is: %s %s', async (schedule, more, words) => {
    const config = await from(`optimizer.schedule.name=${schedule}`, ...more, 'optimizer.clipNorm=2');
    const phrase = describeOptimizer(config);
    expect(phrase).toContain(words);
    expect(phrase).toContain('learning rate 0.1 per 128 images');
    expect(phrase).toContain('weight decay 0.0001 on kernels, gradients clipped at 2');
  });
});
