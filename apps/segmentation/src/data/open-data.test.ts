import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConfig } from '../config/describe-config.ts';
import { classCount, classPalette, listedSplit, openSplit } from './open-data.ts';
import { loadConfig } from '../config/load-config.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function listOfSample(classes: string): Promise<string[]> {
  const one = (id: string): string =>
    `${join(SAMPLE, 'JPEGImages', id)}.jpg ${join(SAMPLE, 'SegmentationClass', id)}.png\n`;
  const files = {
    train: join(folder, 'train.txt'),
    val: join(folder, 'val.txt'),
    classes: join(folder, 'classes.yaml'),
  };
  await writeFile(files.train, one('sample_0001') + one('sample_0002'));
  await writeFile(files.val, one('sample_0003'));
  await writeFile(files.classes, classes);
  return Object.entries(files).map(([key, file]) => `data.list.${key}=${file}`);
}

describe('a data set by lists', () => {
  it('takes the place of VOC, and its classes go into the configuration', async () => {
    const set = await listOfSample('name: Ours\nclasses: [a, b]\npalette: [[0, 0, 0], [9, 8, 7]]\n');
    const config = await loadConfig({ set });
    await rm(join(folder, 'classes.yaml'));
    expect(classCount(config)).toBe(2);
    expect([...classPalette(config).subarray(3, 6)]).toEqual([9, 8, 7]);
    expect(await openSplit(config, 'train')).toMatchObject({
      name: 'Ours',
      split: 'train',
      classes: ['a', 'b'],
    });
    expect((await openSplit(config, 'val')).ids).toEqual(['sample_0003']);
    expect((await listedSplit(config, 'val'))?.ids).toEqual(['sample_0003']);
    const file = join(folder, 'config.yaml');
    await writeFile(file, describeConfig(config));
    expect(await loadConfig({ file })).toEqual(config);
  });

  it('is VOC when no list is named', async () => {
    const config = await loadConfig({ set: [`data.root=${SAMPLE}`] });
    expect(classCount(config)).toBe(21);
    expect((await openSplit(config, 'trainval')).ids.length).toBe(64);
    expect(await listedSplit(config, 'train')).toBeNull();
  });

  it.each([
    [
      'classes: [a, b]\nclases: 1\n',
      /class file .*classes\.yaml is not valid \(top level: .*"clases"\): it needs "classes:/,
    ],
    ['classes: [a\n', /class file .*classes\.yaml is not valid YAML: /],
    ['classes: [a, b, a]\n', /classes in .*classes\.yaml cannot be used: "a" is named twice/],
  ])('refuses the classes %j', async (classes, message) => {
    await expect(loadConfig({ set: await listOfSample(classes) })).rejects.toThrow(message);
  });

  it('wants both lists and the classes, and no split of VOC’s', async () => {
    const set = await listOfSample('classes: [a, b]\n');
    await expect(loadConfig({ set: set.slice(0, 1) })).rejects.toThrow(
      /data\.list\.val: must be set, .*; data\.list\.classes: must be set/,
    );
    await expect(loadConfig({ set: [...set, 'data.trainSplit=trainaug'] })).rejects.toThrow(
      'data.trainSplit: must be train or val with data.list (got "trainaug")',
    );
    await rm(join(folder, 'classes.yaml'));
    await expect(loadConfig({ set })).rejects.toThrow(
      /classes\.yaml could not be read \(ENOENT\): check data\.list\.classes/,
    );
  });
});
