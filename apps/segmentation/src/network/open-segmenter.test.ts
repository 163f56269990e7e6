import { VOC_CLASSES } from '@plumbline/data';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSegmenter, refuseOtherClasses, type SegmenterArguments } from './open-segmenter.ts';
import { FLAG_NETWORK } from '../testing/flag-network.ts';
import { writeTinyGraphModel } from '../testing/tiny-graph-model.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-segmenter-'));
  await writeTinyGraphModel(folder, FLAG_NETWORK);
});
afterAll(() => rm(folder, { recursive: true }));

const open = (options: Partial<SegmenterArguments>): ReturnType<typeof openSegmenter> =>
  openSegmenter({ checkpoint: 'last', ...options });

it('wants one network', async () => {
  await expect(open({})).rejects.toThrow(
    /^The command line names no network: add --run with a run folder, --weights .*, or --deeplab-model with the folder/,
  );
  await expect(open({ deeplabModel: folder, run: 'a' })).rejects.toThrow(
    'The command line has both --deeplab-model and --run: name one network.',
  );
  await expect(open({ deeplabModel: folder, weights: 'a' })).rejects.toThrow(
    /both --deeplab-model and --weights/,
  );
  await expect(open({ run: 'a', base: 'pascal' })).rejects.toThrow(/^--base belongs to --deeplab-model/);
});

it('refuses other ways to look at an image than the package’s own', async () => {
  await expect(open({ deeplabModel: folder, scales: [0.5, 1], flip: true, baseSize: 257 })).rejects.toThrow(
    '--deeplab-model always sees the whole image once, at a long side of 513 pixels: leave out --scales, --flip, --base-size.',
  );
});

it('puts how the package sees images into the configuration, so that the protocol says it', async () => {
  const { config, configure, network, origin } = await open({
    deeplabModel: folder,
    preset: 'quick',
    set: ['evaluate.flip=true', 'data.valLimit=3'],
  });
  const { data, evaluate } = configure(config);
  expect([data.baseSize, data.valLimit]).toEqual([513, 3]);
  expect(evaluate).toMatchObject({ mode: 'whole', size: 513, scales: [1], flip: false });
  expect(network).toEqual({ deeplabModel: folder, base: 'pascal' });
  expect(origin).toBe(`@tensorflow-models/deeplab, pascal, from ${folder}`);
});

describe('refuseOtherClasses', () => {
  const classSet = { name: 'PASCAL VOC 2012', classes: VOC_CLASSES, palette: null, ignoreLabel: 255 };
  const compare = (classes: readonly string[]): void =>
    refuseOtherClasses({ origin: 'a teacher', classSet }, classes, 'the data');

  it('takes other spellings of the same names', () => {
    const spelled = VOC_CLASSES.map((name) =>
      name === 'diningtable' ? 'Dining Table' : name === 'tvmonitor' ? 'TV' : name,
    );
    expect(() => compare(spelled)).not.toThrow();
  });

  it('refuses another number, other names and another order', () => {
    expect(() => compare(['background', 'road'])).toThrow(
      'The network (a teacher) tells 21 classes apart, and the data has 2: choose a network that was trained on the ' +
        'classes of the data.',
    );
    const swapped = VOC_CLASSES.with(1, 'bicycle').with(2, 'aeroplane');
    expect(() => compare(swapped)).toThrow(
      'Class 1 is "aeroplane" for the network (a teacher) and "bicycle" in the data: choose a network',
    );
  });
});
