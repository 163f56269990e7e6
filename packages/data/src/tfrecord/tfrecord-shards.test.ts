import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeIndices, VOC_LABELS } from '../images/index-mask.ts';
import { openList } from '../datasets/list-dataset.ts';
import type { SegmentationDataset } from '../datasets/segmentation-dataset.ts';
import { decodeExample } from './tfrecord-example.ts';
import { readRecords } from './tfrecord-records.ts';
import { writeTfrecordShards } from './tfrecord-shards.ts';
import { maskOf, picture, temporaryFolder, tinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { openVoc } from '../datasets/voc.ts';
import { writeIndexMask, writeRgb } from '../images/write-image.ts';

const idsIn = async (path: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const record of readRecords(path)) ids.push(decodeExample(record, path).filename);
  return ids;
};

async function oneImage(ending: string, bytes?: Uint8Array): Promise<SegmentationDataset> {
  const folder = await temporaryFolder();
  const image = join(folder, `one.${ending}`);
  if (bytes) await writeFile(image, bytes);
  else
    await writeRgb(
      image,
      picture(4, 3, () => [1, 2, 3]),
    );
  await writeIndexMask(
    join(folder, 'mask.png'),
    maskOf(4, 3, (x) => x),
  );
  await writeFile(join(folder, 'train.txt'), `one.${ending} mask.png\n`);
  const classes = { name: 'Ours', classes: [...'abcd'], palette: null, ignoreLabel: 255 };
  return openList({ list: join(folder, 'train.txt'), classes });
}

describe('writeTfrecordShards', () => {
  it('puts neighbours into shards, the same bytes every time, and says what they hold', async () => {
    const { root } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'trainaug' });
    const out = await temporaryFolder();
    const heard: number[][] = [];
    const onSample = (done: number, total: number): number => heard.push([done, total]);
    const { files, kept, description } = await writeTfrecordShards({ dataset, out, onSample });
    expect(files.map((file) => basename(file))).toEqual([
      'trainaug-00000-of-00004.tfrecord',
      'trainaug-00001-of-00004.tfrecord',
      'trainaug-00002-of-00004.tfrecord',
      'trainaug-00003-of-00004.tfrecord',
    ]);
    // Five images: ceil(5 / 4) = 2 each, and none for the last.
    expect(await Promise.all(files.map(idsIn))).toEqual([['a', 'b'], ['c', 'd'], ['g'], []]);
    expect(heard).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
    expect(kept).toBe(0);
    expect(description).toBe(join(out, 'trainaug.tfrecord.json'));
    expect(JSON.parse(await readFile(description, 'utf8'))).toMatchObject({
      dataset: 'PASCAL VOC 2012',
      split: 'trainaug',
      examples: 5,
      numClasses: 21,
      ignoreLabel: 255,
      shards: [2, 2, 1, 0].map((examples, i) => ({ file: basename(files[i] as string), examples })),
    });
    const again = await writeTfrecordShards({ dataset, out: await temporaryFolder() });
    const contents = (paths: readonly string[]): Promise<Buffer[]> =>
      Promise.all(paths.map((path) => readFile(path)));
    expect(await contents(again.files)).toEqual(await contents(files));
  });

  it('keeps the bytes of images and the indices of masks', async () => {
    const { root, imagePath } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'val' });
    const { files } = await writeTfrecordShards({
      dataset,
      out: await temporaryFolder(),
      shards: 1,
      name: 'test_set',
    });
    expect(basename(files[0] as string)).toBe('test_set-00000-of-00001.tfrecord');
    let index = 0;
    for await (const record of readRecords(files[0] as string)) {
      const example = decodeExample(record, 'test');
      const { id, mask } = await dataset.read(index++);
      expect(Buffer.from(example.image).equals(await readFile(imagePath(id)))).toBe(true);
      expect(decodeIndices(example.mask, id, VOC_LABELS)).toEqual(mask);
    }
    expect(index).toBe(2);
  });

  it('goes on where it stopped, without what was finished', async () => {
    const { root, imagePath } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'train' });
    const out = await temporaryFolder();
    const whole = await readFile(imagePath('c'));
    await writeFile(imagePath('c'), whole.subarray(0, 200));
    await expect(writeTfrecordShards({ dataset, out, shards: 2 })).rejects.toThrow(
      /Image .*c\.jpg could not be decoded/,
    );
    expect((await readdir(out)).sort()).toEqual(['train-00000-of-00002.tfrecord', 'train.tfrecord.json']);
    await writeFile(imagePath('c'), whole);
    const finished = join(out, 'train-00000-of-00002.tfrecord');
    await utimes(finished, 1, 1);
    const heard: number[] = [];
    const { files, kept } = await writeTfrecordShards({
      dataset,
      out,
      shards: 2,
      onSample: (done) => heard.push(done),
    });
    expect(kept).toBe(1);
    expect((await stat(finished)).mtimeMs).toBe(1000);
    expect(heard).toEqual([2, 3, 4]);
    expect(await Promise.all(files.map(idsIn))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const { kept: all } = await writeTfrecordShards({ dataset, out, shards: 2 });
    expect(all).toBe(2);
  });

  it('touches nothing that is not its own', async () => {
    const { root, maskPath } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'train' });
    const out = await temporaryFolder();
    const run = (shards: number, name = 'train'): Promise<unknown> =>
      writeTfrecordShards({ dataset, out, shards, name });
    await run(2);
    await expect(run(3)).rejects.toThrow(
      /train-0000\d-of-00002\.tfrecord exists and is no part of this job \(other files, or another number of shards\): choose/,
    );
    await writeIndexMask(
      maskPath('d'),
      maskOf(52, 39, () => 3),
    );
    await utimes(maskPath('d'), 5, 5);
    await expect(run(2)).rejects.toThrow(/train-00001-of-00002\.tfrecord exists and is no part of this job/);
    await rm(join(out, 'train.tfrecord.json'));
    await expect(run(2)).rejects.toThrow(/train-0000\d-of-00002\.tfrecord exists and is no part of this job/);
    for (const other of ['{}', 'null', 'no JSON']) {
      await writeFile(join(out, 'other.tfrecord.json'), other);
      await expect(run(2, 'other')).rejects.toThrow(
        /other\.tfrecord\.json exists and does not describe TFRecord shards/,
      );
    }
  });

  it('takes PNG images, and refuses what TensorFlow DeepLab cannot read', async () => {
    const out = await temporaryFolder();
    const { files } = await writeTfrecordShards({ dataset: await oneImage('png'), out, shards: 1 });
    const [path = ''] = files;
    expect(await idsIn(path)).toEqual(['one']);
    expect((await readFile(path)).includes(Buffer.from('image/format\x12\x07\n\x05\n\x03png'))).toBe(true);
    const webp = await sharp({ create: { width: 4, height: 3, channels: 3, background: '#123' } })
      .webp()
      .toBuffer();
    await expect(
      writeTfrecordShards({ dataset: await oneImage('webp', webp), out, name: 'webp' }),
    ).rejects.toThrow(
      /Image .*one\.webp is neither JPEG nor PNG, which is all that TensorFlow DeepLab reads: convert it\.$/,
    );
  });

  it('refuses impossible numbers and names, and images that are not there', async () => {
    const dataset = await oneImage('png');
    const out = await temporaryFolder();
    await expect(writeTfrecordShards({ dataset, out, shards: 0 })).rejects.toThrow(
      'number of shards is 0, and a whole',
    );
    await expect(writeTfrecordShards({ dataset, out, name: 'a/b' })).rejects.toThrow(
      'The shards\' name is "a/b", and only letters, digits and underscores are wanted.',
    );
    await rm(dataset.files[0]?.image ?? '');
    await expect(writeTfrecordShards({ dataset, out })).rejects.toThrow(
      /one\.png could not be read \(ENOENT.*\): put it there/,
    );
  });
});
