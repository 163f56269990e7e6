import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { tinyConfig, tinyImages, TINY_CLASSES, writePicture } from '../testing/tiny-images.ts';
import { openData, openTest } from './open-data.ts';

let root = '';
beforeAll(async () => {
  root = await tinyImages();
});
afterAll(() => rm(root, { recursive: true }));

/** Grey images need one mean for all channels. */
const grey = { cropSize: 16, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } satisfies ConfigInput['images'];

/** Records of a label byte or two, and an image of one shade. */
const records = (size: number, ...labels: (readonly number[])[]): Uint8Array =>
  Uint8Array.from(labels.flatMap((bytes) => [...bytes, ...Array<number>(size).fill(10 * (bytes[0] ?? 0))]));
const lines = (prefix: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}\n`).join('');

async function folder(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

function idx(shape: readonly number[], bytes: readonly number[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x800 + shape.length);
  shape.forEach((length, axis) => header.setUint32(4 + 4 * axis, length));
  return Uint8Array.from([...new Uint8Array(header.buffer), ...bytes]);
}

describe('the data of a run', () => {
  it('are two folders of class folders', async () => {
    const { training, test, classes, channels } = await openData(tinyConfig(root));
    expect([training.ids.length, test.ids.length]).toEqual([12, 12]);
    expect(classes).toEqual(TINY_CLASSES);
    expect(channels).toBe(3);
    expect([training.name, test.name]).toEqual(['train', 'test']);
  });

  it('are one folder, of every class of which the same share is held out, by the seed', async () => {
    const held = async (seed: number, heldOut = 0.5) => {
      const dataset = { name: 'folders', train: join(root, 'train') } as const;
      return openData(tinyConfig(root, { seed, dataset, data: { heldOut } }));
    };
    const { training, test } = await held(0);
    expect([...training.labels].toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...test.labels].toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
    expect(test.ids.filter((id) => training.ids.includes(id))).toEqual([]);
    expect((await held(0)).test.ids).toEqual(test.ids);
    expect((await held(1)).test.ids).not.toEqual(test.ids);
    expect((await held(0, 0.2)).test.ids.length).toBeLessThan(test.ids.length);
  });

  it('are fewer where there are limits, and of every class then', async () => {
    const { training, test } = await openData(tinyConfig(root, { data: { trainLimit: 4, testLimit: 2 } }));
    expect([...training.labels]).toEqual([0, 0, 1, 1]);
    expect([...test.labels]).toEqual([0, 1]);
    const many = tinyConfig(root, { data: { testLimit: 1000 } });
    expect((await openTest(many)).ids).toHaveLength(12);
  });

  it('of CIFAR-10 and CIFAR-100 are its binary files', async () => {
    const ten = await folder('ten', {
      'data_batch_1.bin': records(3072, [3], [1]),
      'test_batch.bin': records(3072, [9]),
      'batches.meta.txt': lines('c', 10),
    });
    const cifar10 = await openData(tinyConfig(root, { dataset: { name: 'cifar10', root: ten } }));
    expect([...cifar10.training.labels]).toEqual([3, 1]);
    expect(cifar10).toMatchObject({ channels: 3, test: { name: 'CIFAR-10 test', ids: ['test-00000'] } });
    const hundred = await folder('hundred', {
      'train.bin': records(3072, [3, 99]),
      'test.bin': records(3072, [19, 42]),
      'fine_label_names.txt': lines('f', 100),
      'coarse_label_names.txt': lines('g', 20),
    });
    const of = (labels: 'fine' | 'coarse') =>
      openTest(tinyConfig(root, { dataset: { name: 'cifar100', root: hundred, labels } }));
    const [fine, coarse] = [await of('fine'), await of('coarse')];
    expect([fine.classes.length, ...fine.labels]).toEqual([100, 42]);
    expect([coarse.classes.length, ...coarse.labels]).toEqual([20, 19]);
  });

  it('of MNIST and USPS are grey', async () => {
    const image = Array<number>(28 * 28).fill(7);
    const mnist = await folder('mnist', {
      'train-images-idx3-ubyte': idx([2, 28, 28], [...image, ...image]),
      'train-labels-idx1-ubyte': idx([2], [4, 8]),
      't10k-images-idx3-ubyte': idx([1, 28, 28], image),
      't10k-labels-idx1-ubyte': idx([1], [5]),
    });
    const dataset = { name: 'mnist', root: mnist } as const;
    const { training, test, channels } = await openData(tinyConfig(root, { dataset, images: grey }));
    expect([[...training.labels], [...test.labels], channels]).toEqual([[4, 8], [5], 1]);
    const usps = tinyConfig(root, { dataset: { name: 'usps', root: join(root, 'none') }, images: grey });
    await expect(openData(usps)).rejects.toThrow(/The USPS file .*none does not exist/);
  });

  it('of ImageNet are folders of WordNet ids, the same ones in both parts', async () => {
    for (const part of ['train', 'val']) {
      for (const id of ['n01440764', 'n01443537']) {
        await mkdir(join(root, 'imagenet', part, id), { recursive: true });
        await writePicture(join(root, 'imagenet', part, id, 'a.png'), false, 0);
      }
    }
    const config = tinyConfig(root, { dataset: { name: 'imagenet', root: join(root, 'imagenet') } });
    const { classes, test } = await openData(config);
    expect(classes).toEqual(['tench', 'goldfish']);
    expect(test.name).toBe('ImageNet val');
    // Labels would be those of other classes, and nothing would say so.
    await rm(join(root, 'imagenet/val/n01440764'), { recursive: true });
    await expect(openData(config)).rejects.toThrow('ImageNet val lacks "tench", which ImageNet train has');
  });

  it('are refused where the folders have different classes', async () => {
    await mkdir(join(root, 'other/sideways'), { recursive: true });
    await writePicture(join(root, 'other/sideways/a.png'), false, 0);
    const dataset = { name: 'folders', train: join(root, 'train'), test: join(root, 'other') } as const;
    await expect(openData(tinyConfig(root, { dataset }))).rejects.toThrow(
      /Both need the same classes, but .*"sideways"/,
    );
  });
});
