import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { openList } from '../datasets/list-dataset.ts';
import { encodeExample, encodeGreyMask } from './tfrecord-example.ts';
import { SECOND_EXAMPLE, TENSORFLOW_EXAMPLES } from './tfrecord-golden.test.fixture.ts';
import { writeRecords } from './tfrecord-records.ts';
import { writeTfrecordShards } from './tfrecord-shards.ts';
import { unpackTfrecord, type UnpackedTfrecord, type UnpackTfrecordOptions } from './tfrecord-unpack.ts';
import { maskOf, noisyJpeg, temporaryFolder, tinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { VOC_CLASSES, vocPalette } from '../datasets/voc-classes.ts';
import { openVoc } from '../datasets/voc.ts';

const classes = { name: 'VOC', classes: VOC_CLASSES, palette: null, ignoreLabel: 255 };

async function golden(bytes: Uint8Array = TENSORFLOW_EXAMPLES): Promise<{ shard: string; out: string }> {
  const folder = await temporaryFolder();
  const shard = join(folder, 'train-00000-of-00001.tfrecord');
  await writeFile(shard, bytes);
  return { shard, out: join(folder, 'out') };
}

const unpack = (
  files: string[],
  out: string,
  more: Partial<UnpackTfrecordOptions> = {},
): Promise<UnpackedTfrecord> => unpackTfrecord({ files, out, classes, split: 'train', ...more });

/** A shard of one record of ours. */
async function shardOf(image: Uint8Array, mask: Uint8Array): Promise<{ shard: string; out: string }> {
  const { shard, out } = await golden(new Uint8Array());
  async function* one(): AsyncGenerator<Uint8Array> {
    yield encodeExample({ filename: 'one.jpg', image, mask }, { format: 'jpeg', width: 64, height: 48 });
  }
  await writeRecords(shard, one());
  return { shard, out };
}

describe('unpackTfrecord', () => {
  it('makes a list data set of shards that TensorFlow wrote', async () => {
    const { shard, out } = await golden();
    const heard: string[] = [];
    const { list, examples, repeated } = await unpack([shard], out, {
      onFile: (done, total) => heard.push(`${done}/${total} files`),
      onRecord: (done, total) => heard.push(`${done}/${total}`),
    });
    expect([list, examples, repeated]).toEqual([join(out, 'train.txt'), 2, 0]);
    expect(heard).toEqual(['1/1 files', '1/2', '2/2']);
    const dataset = await openList({ list, classes });
    expect(dataset.ids).toEqual(['2007_000032', 'Zürich 1']);
    expect(dataset.files.map(({ image }) => image)).toEqual([
      join(out, 'images', 'train', '2007_000032.jpg'),
      join(out, 'images', 'train', 'Zürich 1.png'),
    ]);
    const first = await dataset.read(0);
    expect(first.mask).toEqual(maskOf(8, 6, (x, y) => (x === 0 ? 255 : y < 3 ? 0 : 15)));
    const second = await dataset.read(1);
    expect(second.mask).toEqual(maskOf(5, 4, (x, y) => x + y));
    expect([...second.image.data.subarray(3 * (5 + 2), 3 * (5 + 3))]).toEqual([100, 60, 0]);
    const { palette } = decode(await readFile(join(out, 'masks', 'train', '2007_000032.png')));
    expect(palette?.slice(0, 3).flat()).toEqual([...vocPalette().subarray(0, 9)]);
  });

  it('undoes what writeTfrecordShards does', async () => {
    const { root, imagePath } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'trainaug' });
    const out = await temporaryFolder();
    const { files } = await writeTfrecordShards({ dataset, out });
    const { list } = await unpack([...files], out);
    const again = await openList({ list, classes });
    expect(again.ids).toEqual(dataset.ids);
    for (const [i, { id, image }] of again.files.entries()) {
      expect((await readFile(image)).equals(await readFile(imagePath(id)))).toBe(true);
      expect((await again.read(i)).mask).toEqual((await dataset.read(i)).mask);
    }
  });

  it('numbers examples of one name, and says how many there are', async () => {
    const { shard, out } = await golden();
    const { list, repeated } = await unpack([shard, shard], out);
    expect(repeated).toBe(2);
    const { ids } = await openList({ list, classes });
    expect(ids).toEqual(['2007_000032', 'sets+b+Zürich 1', '2007_000032-2', 'sets+b+Zürich 1-2']);
  });

  it('writes nothing when any record is broken', async () => {
    const { shard, out } = await golden(TENSORFLOW_EXAMPLES.subarray(0, SECOND_EXAMPLE + 300));
    await expect(unpack([shard], out)).rejects.toThrow(
      /^Record 2 of .*00001\.tfrecord is broken \(Incomplete read/,
    );
    await expect(readdir(out)).rejects.toThrow('ENOENT');
    const empty = await golden(new Uint8Array());
    await expect(unpack([empty.shard], out)).rejects.toThrow(
      `No record is in the TFRecord files ${empty.shard}: pass shards that hold examples.`,
    );
  });

  it('says which record holds a bad image or mask', async () => {
    const jpeg = await noisyJpeg();
    const mask = encodeGreyMask(maskOf(64, 48, () => 0));
    const refused = async (image: Uint8Array, label: Uint8Array): Promise<string> => {
      const { shard, out } = await shardOf(image, label);
      const error: unknown = await unpack([shard], out).catch((problem: unknown) => problem);
      expect(await readdir(out).catch(() => [])).toEqual([]);
      return (error as Error).message.replaceAll(shard, 'SHARD');
    };
    expect(await refused(jpeg.subarray(0, 500), mask)).toMatch(
      /^Image of one, record 1 of SHARD, could not be decoded: /,
    );
    expect(await refused(new TextEncoder().encode('GIF89a'), mask)).toBe(
      'Image of one, record 1 of SHARD, is neither JPEG nor PNG: pass shards of such images.',
    );
    expect(await refused(jpeg, jpeg)).toMatch(/^Mask of one, record 1 of SHARD, could not be decoded/);
    expect(await refused(jpeg, encodeGreyMask(maskOf(64, 48, (x) => x)))).toMatch(
      /^Mask of one, record 1 of SHARD, holds the value 21 first at pixel \(x 21, y 0\), but only/,
    );
    expect(await refused(jpeg, encodeGreyMask(maskOf(48, 64, () => 0)))).toBe(
      'Mask of one, record 1 of SHARD, is 48×64 pixels, but its image is 64×48: write that record again.',
    );
  });

  it('goes on after an interruption, and overwrites nothing', async () => {
    const { shard, out } = await golden();
    const { list } = await unpack([shard], out);
    await expect(unpack([shard], out)).rejects.toThrow(
      `The list ${list} exists already: choose another folder or split`,
    );
    // As an interrupted call leaves it: some files, and no list.
    await rm(list);
    await rm(join(out, 'masks', 'train', 'Zürich 1.png'));
    expect((await unpack([shard], out)).examples).toBe(2);
    await rm(list);
    await writeFile(join(out, 'images', 'train', '2007_000032.jpg'), 'mine');
    await expect(unpack([shard], out)).rejects.toThrow(
      /2007_000032\.jpg exists and holds something else: choose/,
    );
    await mkdir(join(out, 'val'));
    expect((await unpack([shard], out, { split: 'val' })).examples).toBe(2);
    await expect(unpack([shard], out, { split: '../x' })).rejects.toThrow(
      'The split is called "../x", and only letters',
    );
  });
});
