import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { openCifar, type CifarOptions } from './cifar.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';

/** A record whose planes hold `shade`, `shade` + 1 and `shade` + 2, and at its second pixel 0, 1 and 2. */
function record(labels: readonly number[], shade: number): number[] {
  const planes = [0, 1, 2].flatMap((channel) =>
    Array.from({ length: 1024 }, (_, pixel) => (pixel === 1 ? channel : shade + channel)),
  );
  return [...labels, ...planes];
}
const names = (count: number): string =>
  Array.from({ length: count }, (_, i) => `class ${i}`).join('\n') + '\n\n';
const bytes = (...records: number[][]): Uint8Array => Uint8Array.from(records.flat());

async function folder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  return root;
}
const ten = {
  'batches.meta.txt': names(10),
  'data_batch_1.bin': bytes(record([7], 10), record([0], 20)),
  'data_batch_3.bin': bytes(record([9], 30)),
  'test_batch.bin': bytes(record([2], 40)),
};
const hundred = {
  'fine_label_names.txt': names(100),
  'coarse_label_names.txt': names(20),
  'train.bin': bytes(record([19, 99], 10), record([3, 42], 20)),
  'test.bin': bytes(record([0, 1], 30)),
};

async function refusal(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: CifarOptions = {},
  part: 'train' | 'test' = 'train',
): Promise<string> {
  const error: unknown = await openCifar(await folder(files), part, options).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}

describe('openCifar', () => {
  it('reads the files of CIFAR-10 that are there, in order, planes as pixels', async () => {
    const set = await openCifar(await folder(ten), 'train');
    expect(set.name).toBe('CIFAR-10 train');
    expect(set.ids).toEqual(['train-1-00000', 'train-1-00001', 'train-3-00000']);
    expect([...set.labels]).toEqual([7, 0, 9]);
    expect([set.classes.length, set.classes[7]]).toEqual([10, 'class 7']);
    if (set.pixels.kind !== 'memory') throw new Error('wrong kind');
    const { data, ...shape } = set.pixels;
    expect(shape).toEqual({ kind: 'memory', height: 32, width: 32, channels: 3 });
    expect(data).toHaveLength(3 * 3072);
    expect([...data.subarray(0, 9)]).toEqual([10, 11, 12, 0, 1, 2, 10, 11, 12]);
    expect([...data.subarray(2 * 3072, 2 * 3072 + 6)]).toEqual([30, 31, 32, 0, 1, 2]);
    expect(await openCifar(await folder(ten), 'test')).toMatchObject({ ids: ['test-00000'] });
  });

  it('sorts ten files by number, not by letter', async () => {
    const set = await openCifar(
      await folder({ ...ten, 'data_batch_10.bin': bytes(record([1], 0)) }),
      'train',
    );
    expect(set.ids.map((id) => id.split('-')[1])).toEqual(['1', '1', '3', '10']);
  });

  it("reads CIFAR-100's fine or coarse labels", async () => {
    const root = await folder(hundred);
    const fine = await openCifar(root, 'train');
    expect([fine.name, ...fine.labels]).toEqual(['CIFAR-100 train', 99, 42]);
    expect(fine.ids).toEqual(['train-00000', 'train-00001']);
    expect([fine.classes.length, fine.classes[42]]).toEqual([100, 'class 42']);
    if (fine.pixels.kind !== 'memory') throw new Error('wrong kind');
    expect([...fine.pixels.data.subarray(3072, 3078)]).toEqual([20, 21, 22, 0, 1, 2]);
    const coarse = await openCifar(root, 'train', { labels: 'coarse' });
    expect([coarse.name, coarse.classes.length, ...coarse.labels]).toEqual([
      'CIFAR-100 train, coarse labels',
      20,
      19,
      3,
    ]);
  });

  it('takes the one that is meant where both lie in one folder', async () => {
    expect(await refusal({ ...ten, ...hundred })).toMatch(
      /holds files of both CIFAR-10 and CIFAR-100: say which is meant by the option dataset\.$/,
    );
    const root = await folder({ ...ten, ...hundred });
    expect((await openCifar(root, 'test', { dataset: 'cifar100' })).name).toBe('CIFAR-100 test');
    expect((await openCifar(root, 'test', { dataset: 'cifar10' })).name).toBe('CIFAR-10 test');
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'a folder of something else',
      () => refusal({ 'a.txt': '' }),
      /holds neither CIFAR-10 \(data_batch_1\.bin/,
    ],
    [
      'a missing part',
      () => refusal({ 'batches.meta.txt': names(10), 'test_batch.bin': ten['test_batch.bin'] }),
      /holds no data_batch_1\.bin: pass the folder of CIFAR-10's binary version/,
    ],
    [
      'coarse labels of CIFAR-10',
      () => refusal(ten, { labels: 'coarse' }),
      /^CIFAR-10 has no coarse labels: take/,
    ],
    [
      'a file that is cut short',
      () => refusal({ ...ten, 'data_batch_3.bin': ten['data_batch_3.bin'].subarray(0, 3000) }),
      /data_batch_3\.bin holds 3000 bytes, but CIFAR-10's files are records of 3073: the file is cut short/,
    ],
    ['an empty file', () => refusal({ ...ten, 'data_batch_1.bin': '' }), /holds 0 bytes/],
    [
      'a label out of range',
      () => refusal({ ...ten, 'data_batch_1.bin': bytes(record([3], 0), record([10], 0)) }),
      /The fine label of picture 1 in .*data_batch_1\.bin is 10, but CIFAR-10's are 0…9/,
    ],
    [
      'a label that is not asked for, out of range',
      () => refusal({ ...hundred, 'train.bin': bytes(record([20, 3], 0)) }),
      /The coarse label of picture 0 in .* is 20, but CIFAR-100's are 0…19/,
    ],
    [
      'names that are missing',
      () => refusal({ 'test.bin': hundred['test.bin'] }, {}, 'test'),
      /The list of class names .*fine_label_names\.txt does not exist/,
    ],
    [
      'too few names',
      () => refusal({ ...ten, 'batches.meta.txt': 'a\nb\nb\n' }),
      /batches\.meta\.txt names 2 classes, but 10 different names/,
    ],
  ])('refuses %s', async (_, messageOf, pattern) => {
    expect(await messageOf()).toMatch(pattern);
  });

  it('refuses a folder that is not there', async () => {
    await expect(openCifar(join(await temporaryFolder(), 'nowhere'), 'test')).rejects.toThrow(
      /nowhere could not be read \(ENOENT.*: check the path\.$/,
    );
  });
});
