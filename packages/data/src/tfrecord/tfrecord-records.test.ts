import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { TENSORFLOW_TEXT } from './tfrecord-golden.test.fixture.ts';
import { readRecords, writeRecords } from './tfrecord-records.ts';
import { temporaryFolder } from '../datasets/tiny-voc.test.fixture.ts';

async function* each(...records: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* records;
}

async function all(path: string): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const record of readRecords(path)) records.push(record.slice());
  return records;
}

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'one.tfrecord');
  await writeFile(path, bytes);
  return path;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('TFRecord files', () => {
  it('are written as TensorFlow writes them', async () => {
    const path = join(await temporaryFolder(), 'new', 'one.tfrecord');
    // A view into a larger buffer, as an encoder returns it.
    await writeRecords(path, each(text('a'), new Uint8Array(), text('a plumb line!').subarray(2, 12)));
    expect(await readFile(path)).toEqual(TENSORFLOW_TEXT);
  });

  it('of TensorFlow are read', async () => {
    const records = await all(await fileOf(TENSORFLOW_TEXT));
    expect(records.map((record) => new TextDecoder().decode(record))).toEqual(['a', '', 'plumb line']);
  });

  it('may hold nothing', async () => {
    const path = join(await temporaryFolder(), 'none.tfrecord');
    await writeRecords(path, each());
    expect((await readFile(path)).length).toBe(0);
    expect(await all(path)).toEqual([]);
  });

  it('may hold records of very different sizes', async () => {
    const path = join(await temporaryFolder(), 'large.tfrecord');
    const sizes = [10, 3_000_000, 5, 70_000];
    const records = sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) % 251));
    await writeRecords(path, each(...records));
    const read = await all(path);
    expect(read.map(({ length }) => length)).toEqual(sizes);
    expect(read.every((record, i) => Buffer.from(record).equals(records[i] as Uint8Array))).toBe(true);
  });

  const flipped = (at: number): Uint8Array => TENSORFLOW_TEXT.map((byte, i) => (i === at ? byte ^ 1 : byte));
  // Records begin at 0, 17 and 33: a length of 8 bytes, its checksum, the record from byte 12 on, and its checksum.
  it.each([
    ['a wrong length', flipped(0), 1, 'Incorrect record length CRC32C'],
    ['a damaged record', flipped(45), 3, 'Incorrect record CRC32C'],
    ['a wrong checksum', flipped(30), 2, 'Incorrect record CRC32C'],
    [
      'an end within a record',
      TENSORFLOW_TEXT.subarray(0, 50),
      3,
      'Incomplete read; expected 14 bytes, got 5',
    ],
    [
      'an end within a length',
      TENSORFLOW_TEXT.subarray(0, 20),
      2,
      'Incomplete read; expected 12 bytes, got 3',
    ],
    ['compression', gzipSync(TENSORFLOW_TEXT), 1, 'Incorrect record length CRC32C'],
    ['an impossible length', flipped(5), 1, '4GB+ records not supported'],
  ])('say which record has %s', async (_, bytes, number, what) => {
    const path = await fileOf(bytes);
    const error = await all(path).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toBe(
      `Record ${number} of ${path} is broken (${what}): the file is damaged, cut short, compressed or no TFRecord ` +
        `file; copy it again from its source, or unpack it first.`,
    );
  });

  it('that cannot be opened are named', async () => {
    const folder = await temporaryFolder();
    await expect(all(join(folder, 'none'))).rejects.toThrow(
      /TFRecord file .*none could not be read \(ENOENT.*: check/,
    );
    await expect(all(folder)).rejects.toThrow(/could not be read \(EISDIR/);
  });

  it('appear when they are whole, or not at all', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'one.tfrecord');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield text('a');
      expect(await readdir(folder)).toEqual(['.one.tfrecord.partial']);
      throw new DataError('Image b is broken.');
    }
    await expect(writeRecords(path, breaking())).rejects.toThrow(/^Image b is broken\.$/);
    expect(await readdir(folder)).toEqual([]);
    await mkdir(join(folder, 'taken.tfrecord'));
    await expect(writeRecords(join(folder, 'taken.tfrecord'), each())).rejects.toThrow(
      /taken\.tfrecord could not be written \(EISDIR.*\): choose a folder that can be written\.$/,
    );
  });
});
