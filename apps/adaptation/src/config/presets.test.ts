import { describe, expect, it } from 'vitest';
import { applicability } from '../training/applicability.ts';
import { buildPlan } from '../training/plan.ts';
import { loadConfig } from './load-config.ts';
import { PRESETS } from './presets.ts';

const names = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

describe('presets', () => {
  it.each(names)('%s is a plan of all its steps, with evaluations and checkpoints in it', async (preset) => {
    const config = await loadConfig({ preset });
    const { steps, evaluateEvery, checkpointEvery } = config.train;
    expect(buildPlan(config).stages.reduce((sum, stage) => sum + stage.steps, 0)).toBe(steps);
    expect(Math.max(evaluateEvery, checkpointEvery)).toBeLessThan(steps);
  });

  // The others differ from these in the options of their losses.
  it.each(['quick', 'digits', 'squeezenet', 'shot'])('%s applies to its network', async (preset) => {
    const set = preset === 'squeezenet' ? ['model.weights=a.safetensors'] : [];
    if (preset === 'shot') set.push('model.backbone.depth=18');
    expect(applicability(await loadConfig({ preset, set }))).toBeNull();
  });

  it('refuse to freeze what no weights file was read into', async () => {
    const config = await loadConfig({ preset: 'squeezenet' });
    expect(() => applicability(config)).toThrow(
      'model.freezeStages=2 would keep what was drawn at random, as model.weights is null',
    );
  });
});

describe('a configuration', () => {
  const from = (...set: string[]) => loadConfig({ preset: 'digits', set });

  it('of the network of digits has images of its size, cropped or not', async () => {
    await expect(from('images.resize=32')).rejects.toThrow(
      'images.resize: must be 28 with model.backbone.name digits (got 32)',
    );
    await expect(from('images.resize=32', 'images.crop=random', 'images.cropSize=27')).rejects.toThrow(
      'images.cropSize: must be 28 with model.backbone.name digits (got 27)',
    );
    const { images } = await from('images.resize=32', 'images.crop=random', 'images.cropSize=28');
    expect(images).toMatchObject({ resize: 32, crop: 'random', cropSize: 28 });
  });

  it('says which options do not go together', async () => {
    await expect(from('task.target=mnist')).rejects.toThrow('task.target: must differ from task.source');
    await expect(from('evaluate.validators=[snd]')).rejects.toThrow(
      'evaluate.choose: is informationMaximization, and must be one of evaluate.validators.',
    );
    await expect(from('images.resize=20', 'images.crop=random', 'images.cropSize=28')).rejects.toThrow(
      'images.cropSize: must be at most images.resize, 20 (got 28)',
    );
    await expect(from('optimizer.backboneScale=0')).rejects.toThrow(/optimizer.backboneScale: .*>0/);
  });
});
