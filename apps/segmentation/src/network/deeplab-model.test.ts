import { resizeMask, VOC_CLASSES } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { getLabels, load } from '@tensorflow-models/deeplab';
import * as core from '@tensorflow/tfjs-core';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDeeplabModel } from './deeplab-model.ts';
import { openGraphModelFiles } from './graph-model-files.ts';
import { BACKGROUND, flag, FLAG_NETWORK, PLANE, TV } from '../testing/flag-network.ts';
import { writeTinyGraphModel } from '../testing/tiny-graph-model.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-deeplab-'));
  await writeTinyGraphModel(folder, FLAG_NETWORK);
});
afterAll(() => rm(folder, { recursive: true }));

it('shares one TensorFlow.js with everything else, and VOC’s order of classes', () => {
  expect(core.engine()).toBe(tf.engine());
  const spelling = (name: string): string =>
    name.toLowerCase().replaceAll(' ', '').replace(/^tv$/, 'tvmonitor');
  expect(getLabels('pascal').map(spelling)).toEqual(VOC_CLASSES);
});

describe('openDeeplabModel', () => {
  it('gives the class of each original pixel, larger or smaller than 513', async () => {
    const model = await openDeeplabModel(folder, 'pascal');
    expect(model.classes).toBe(VOC_CLASSES);
    expect(model.palette[TV]).toEqual([0, 64, 128]);
    for (const [width, height] of [
      [30, 12],
      [513, 5],
      [1200, 4],
      [9, 40],
    ] as const) {
      const labels = model.segment(flag(width, height), 'a flag');
      expect(labels).toHaveLength(width * height);
      // A column at a border may fall on either side, or between two colours.
      const middle = [1, 3, 5].map((sixth) => labels[Math.floor((sixth * width) / 6)]);
      expect(middle).toEqual([BACKGROUND, PLANE, TV]);
    }
    model.dispose();
  });

  it('answers what the package answers when it loads the files by itself', async () => {
    const { handler } = await openGraphModelFiles(folder);
    const address = 'tiny-deeplab://model.json';
    tf.io.registerLoadRouter((url) => (url === address ? handler : (null as never)));
    const own = await load({ base: 'pascal', quantizationBytes: 4, modelUrl: address });
    const image = flag(40, 30);
    const map = own.predict(tf.tensor3d(image.data, [30, 40, 3], 'int32'));
    const [height, width] = map.shape;
    expect([height, width]).toEqual([385, 513]);
    const expected = resizeMask({ width, height, data: Uint8Array.from(map.dataSync()) }, 40, 30).data;
    map.dispose();
    await own.dispose();
    const model = await openDeeplabModel(folder, 'pascal');
    expect(model.segment(image, 'a flag')).toEqual(expected);
    model.dispose();
  });

  it('takes a folder, its model.json and file addresses, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    for (const path of [folder, join(folder, 'model.json'), pathToFileURL(folder).href]) {
      const model = await openDeeplabModel(path, 'pascal');
      model.segment(flag(6, 4), 'a flag');
      model.segment(flag(6, 4), 'a flag', { minConfidence: 0.5, ignoreLabel: 255 });
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('marks pixels whose softmax is below the least confidence', async () => {
    const model = await openDeeplabModel(folder, 'pascal');
    // The plane's logit is red − 100, the background's 0: 101 gives e / (1 + e) = 0.731, 104 gives 0.982.
    const reds = [101, 101, 104, 104];
    const image = { width: 4, height: 1, data: Uint8Array.from(reds.flatMap((red) => [red, 0, 0])) };
    const ends = (labels: Uint8Array): (number | undefined)[] => [labels[0], labels[3]];
    expect(ends(model.segment(image, 'a row'))).toEqual([PLANE, PLANE]);
    const marked = (minConfidence: number): (number | undefined)[] =>
      ends(model.segment(image, 'a row', { minConfidence, ignoreLabel: 255 }));
    expect(marked(0.73)).toEqual([PLANE, PLANE]);
    expect(marked(0.74)).toEqual([255, PLANE]);
    expect(marked(0.981)).toEqual([255, PLANE]);
    expect(marked(0.983)).toEqual([255, 255]);
    model.dispose();
  });

  it('refuses a base that the network was not made for', async () => {
    const model = await openDeeplabModel(folder, 'cityscapes');
    expect(() => model.segment(flag(30, 12), 'a flag')).toThrow(
      /answered a flag with class 20, and cityscapes has 19 classes: name the data set it was trained on with --base\.$/,
    );
    expect(() =>
      model.segment({ width: 3, height: 3, data: new Uint8Array(27) }, 'night', {
        minConfidence: 0.5,
        ignoreLabel: 255,
      }),
    ).toThrow(
      /has logits \[1, 513, 513, 21\] for an input \[1, 513, 513, 3\] and 19 classes: leave out --min-confidence/,
    );
    model.dispose();
    const { classes } = await openDeeplabModel(folder, 'ade20k');
    expect(new Set(classes).size).toBe(151);
  });

  it('has no confidence where the graph does not say its logits', async () => {
    const hidden = join(folder, 'hidden');
    await writeTinyGraphModel(hidden, { ...FLAG_NETWORK, hidesLogits: true });
    const model = await openDeeplabModel(hidden, 'pascal');
    expect(() => model.segment(flag(3, 2), 'a flag', { minConfidence: 0.5, ignoreLabel: 255 })).toThrow(
      /has not exactly one ArgMax, whose input would be its logits: leave out --min-confidence, or choose another teacher\.$/,
    );
    model.dispose();
  });
});

describe('the files of a model', () => {
  const open = (path: string): Promise<unknown> => openDeeplabModel(path, 'pascal');

  it('are asked of the user where they are missing', async () => {
    await expect(open(join(folder, 'none'))).rejects.toThrow(
      /none cannot be read \(ENOENT\): name the folder of a TensorFlow\.js graph model, with model\.json and its weight files, that you have a copy of; nothing is downloaded\.$/,
    );
    await expect(open(tmpdir())).rejects.toThrow(/model\.json cannot be read \(ENOENT\)/);
  });

  it('are refused when they are another kind, or damaged', async () => {
    const copy = join(folder, 'copy');
    await writeTinyGraphModel(copy, FLAG_NETWORK);
    const shard = join(copy, 'group1-shard2of2.bin');
    const bytes = await readFile(shard);
    await writeFile(shard, bytes.subarray(1));
    await expect(open(copy)).rejects.toThrow(
      new RegExp(
        `hold ${2 * bytes.length - 1} bytes, and it describes ${2 * bytes.length}: copy the folder again\\.$`,
      ),
    );
    await rm(shard);
    await expect(open(copy)).rejects.toThrow(
      /The weight file .*shard2of2\.bin that .*model\.json names cannot be read \(ENOENT\): copy the whole folder\.$/,
    );
    await writeFile(
      join(copy, 'model.json'),
      '{"format": "layers-model", "modelTopology": {}, "weightsManifest": []}',
    );
    await expect(open(copy)).rejects.toThrow(
      /holds no graph model \(its format is "layers-model"\): name one that tensorflowjs_converter wrote as "graph-model"\.$/,
    );
    await writeFile(join(copy, 'model.json'), 'null');
    await expect(open(copy)).rejects.toThrow(/model\.json holds no graph model: name one/);
    await writeFile(join(copy, 'model.json'), 'no json');
    await expect(open(copy)).rejects.toThrow(/model\.json is no JSON: name the folder/);
  });
});
