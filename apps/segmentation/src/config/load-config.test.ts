import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConfig } from './describe-config.ts';
import { loadConfig, validateConfig } from './load-config.ts';
import { PRESETS, type PresetName } from './presets.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, 'config.yaml');
  await writeFile(file, text);
  return file;
}

describe('loadConfig', () => {
  it('puts defaults under preset under file under --set', async () => {
    const file = await fileWith('train: { steps: 7, batchSize: 3 }\nseed: 5\n');
    const config = await loadConfig({
      preset: 'quick',
      file,
      set: ['train.batchSize=4', 'seed=6', 'seed=7'],
    });
    expect(config.train).toMatchObject({ accumulate: 1, logEvery: 5, steps: 7, batchSize: 4 });
    expect(config.seed).toBe(7);
    expect((await loadConfig({})).train.steps).toBe(30000);
  });

  it('reads the values of --set as YAML', async () => {
    const set = [
      'augment.scale=[0.75, 1.25]',
      'evaluate.size=null',
      'optimizer.weightDecay=5e-4',
      'data.root=a=b c',
    ];
    const { augment, evaluate, optimizer, data } = await loadConfig({ set });
    expect([augment.scale, evaluate.size, optimizer.weightDecay, data.root]).toEqual([
      [0.75, 1.25],
      null,
      0.0005,
      'a=b c',
    ]);
  });

  it.each(Object.keys(PRESETS))('has a valid preset %s', async (preset) => {
    const config = await loadConfig({ preset });
    expect(config).toMatchObject(PRESETS[preset as PresetName].config);
  });

  it.each([
    [
      'an unknown option',
      ['train.stepz=3'],
      /^The configuration \(--set train\.stepz=3\) .*train: .*"stepz"/,
    ],
    ['a wrong type', ['train.steps=many'], /train\.steps: .*expected number.*\(got "many"\)/],
    ['a value out of range', ['train.steps=-3'], /train\.steps: .*\(got -3\)/],
    ['a value that is none of a few', ['model.depth=20'], /model\.depth: .*18\|34\|50\|101 \(got 20\)/],
    ['a section that is a number', ['train=3'], /train: .*expected object.*\(got 3\)/],
    ['no value', ['train.steps'], /--set got "train\.steps"; write it as a\.b=value/],
    ['torn YAML', ['augment.scale=[1'], /^--set augment\.scale=\[1 is not valid YAML: [^\n]*line 1[^\n]*\.$/],
    [
      'too few images for a batch',
      ['data.trainLimit=1'],
      /data\.trainLimit: .*train\.batchSize, 2 \(got 1\)/,
    ],
    [
      'images larger than their frame',
      ['data.baseSize=64', 'evaluate.size=33'],
      /evaluate\.size: .*data\.baseSize, 64 pixels \(got 33\)/,
    ],
  ])('refuses %s, naming it', async (_, set, message) => {
    await expect(loadConfig({ set })).rejects.toThrow(message);
  });

  it('names a preset that is unknown and a file that is missing or wrong', async () => {
    await expect(loadConfig({ preset: 'fast' })).rejects.toThrow(/no preset "fast"; choose one of quick, /);
    await expect(loadConfig({ file: join(folder, 'none.yaml') })).rejects.toThrow(
      /none\.yaml cannot be read \(ENOENT\)/,
    );
    await expect(loadConfig({ file: await fileWith('train: {\n') })).rejects.toThrow(
      /config\.yaml is not valid YAML: [^\n]*line 2[^\n]*\.$/,
    );
    await expect(loadConfig({ file: await fileWith('- 1\n') })).rejects.toThrow(/must hold sections/);
    expect(await loadConfig({ file: await fileWith('') })).toEqual(await loadConfig({}));
  });
});

describe('describeConfig', () => {
  it.each(Object.keys(PRESETS))('writes preset %s as a file that gives it back', async (preset) => {
    const config = await loadConfig({ preset });
    expect(await loadConfig({ file: await fileWith(describeConfig(config)) })).toEqual(config);
  });

  it('survives values that YAML could take for something else', async () => {
    const config = await loadConfig({ set: ['data.root="yes: # \\"no\\""'] });
    expect(config.data.root).toBe('yes: # "no"');
    expect(await loadConfig({ file: await fileWith(describeConfig(config)) })).toEqual(config);
  });

  it('explains every option', async () => {
    const lines = describeConfig(validateConfig({}, 'defaults')).trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^ *\w+:.* # \S.*[.…]$/);
  });
});
