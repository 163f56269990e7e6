import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openMnist } from './mnist.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';

function idx(magic: number, shape: readonly number[], data: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  shape.forEach((length, i) => header.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(data)]);
}
const images = (count: number): Uint8Array =>
  idx(
    0x803,
    [count, 28, 28],
    Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784) + ((i % 784) % 200)),
  );
const labels = (...values: number[]): Uint8Array => idx(0x801, [values.length], values);

interface Files {
  images?: Uint8Array;
  labels?: Uint8Array;
}

async function folder({
  images: pixels = images(3),
  labels: numbers = labels(7, 0, 9),
}: Files = {}): Promise<string> {
  const root = await temporaryFolder();
  await writeFile(join(root, 't10k-images-idx3-ubyte.gz'), gzipSync(pixels));
  await writeFile(join(root, 't10k-labels-idx1-ubyte'), numbers);
  return root;
}

describe('openMnist', () => {
  it('reads images and labels, compressed or not, and takes a cut set', async () => {
    const set = await openMnist(await folder(), 'test');
    expect(set).toMatchObject({ name: 'MNIST test', ids: ['00000', '00001', '00002'] });
    expect([...set.labels]).toEqual([7, 0, 9]);
    expect(set.classes.join('')).toBe('0123456789');
    if (set.pixels.kind !== 'memory') throw new Error('wrong kind');
    const { data, ...shape } = set.pixels;
    expect(shape).toEqual({ kind: 'memory', height: 28, width: 28, channels: 1 });
    expect([data.length, data[0], data[784], data[2 * 784 + 5]]).toEqual([3 * 784, 0, 1, 7]);
  });

  it.each<[string, Files, RegExp]>([
    ['too few labels', { labels: labels(1, 2) }, /holds 3 images, but .*t10k-labels.* 2 labels/],
    ['a label that is no digit', { labels: labels(1, 2, 10) }, /Label 2 in .* is 10, but digits are 0…9/],
    ['no digits', { images: images(0), labels: labels() }, /holds no digits/],
    ['labels for images', { images: labels(1, 2, 3) }, /is no IDX file of bytes in 3 dimensions/],
    [
      'a short file',
      { images: images(3).subarray(0, 2000) },
      /should hold 3×28×28 bytes .* but it holds 1984/,
    ],
    [
      'another size',
      { images: idx(0x803, [3, 2, 2], Array<number>(12).fill(0)) },
      /images of 2×2, but MNIST's are 28×28/,
    ],
  ])('refuses %s', async (_, files, message) => {
    await expect(openMnist(await folder(files), 'test')).rejects.toThrow(message);
  });

  it('refuses a missing file, and one that is cut short', async () => {
    const root = await folder();
    await expect(openMnist(root, 'train')).rejects.toThrow(
      'holds no train-images-idx3-ubyte.gz (nor train-images',
    );
    await writeFile(join(root, 't10k-images-idx3-ubyte.gz'), gzipSync(images(3)).subarray(0, 60));
    await expect(openMnist(root, 'test')).rejects.toThrow('could not be unpacked (unexpected end of file)');
  });
});
