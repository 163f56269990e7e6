import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordReader, RecordWriter } from 'tfrecord';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventWriter } from './event-writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The records' bytes after the wall time, which is 9 bytes long, as hexadecimal text. */
async function records(path: string): Promise<string[]> {
  const reader = await RecordReader.create(path);
  const found: string[] = [];
  for (let record = await reader.readRecord(); record !== null; record = await reader.readRecord())
    found.push(Buffer.from(record).subarray(9).toString('hex'));
  await reader.close();
  return found;
}

describe('EventWriter', () => {
  it('writes events that TensorFlow decodes: version, scalar, image', async () => {
    const writer = await EventWriter.create(folder);
    // Not awaited one by one: the order of the calls is the order in the file.
    void writer.scalars(300, { 'train/loss': 0.5, skipped: NaN, absent: null });
    void writer.image(2, 'a', { encoded: Uint8Array.of(1, 2, 3), width: 4, height: 200 });
    await writer.close();
    expect(await records(writer.path)).toEqual([
      // step 0, file_version "brain.Event:2"
      '1000' + '1a0d' + Buffer.from('brain.Event:2').toString('hex'),
      // step 300, summary { value { tag: "train/loss" simple_value: 0.5 } }
      '10ac02' + '2a13' + '0a11' + '0a0a' + Buffer.from('train/loss').toString('hex') + '150000003f',
      // step 2, summary { value { tag: "a" image { height: 200 width: 4 colorspace: 3 encoded: 010203 } } }
      '1002' + '2a13' + '0a11' + '0a0161' + '220c' + '08c801' + '1004' + '1803' + '2203010203',
    ]);
  });

  it('says beside a number how it was measured', async () => {
    const writer = await EventWriter.create(folder);
    await writer.scalars(1, { a: 0.5 }, 'val');
    await writer.close();
    // step 1, summary { value { tag: "a" simple_value: 0.5 metadata { summary_description: "val" } } }
    expect((await records(writer.path))[1]).toBe(
      '1001' +
        '2a11' +
        '0a0f' +
        '0a0161' +
        '150000003f' +
        '4a05' +
        '1a03' +
        Buffer.from('val').toString('hex'),
    );
  });

  it('tells TensorBoard where a resumed run goes on', async () => {
    const writer = await EventWriter.create(folder, 40);
    await writer.close();
    expect((await records(writer.path))[1]).toBe('1028' + '3a02' + '0801');
    expect((await readFile(writer.path)).length).toBeGreaterThan(0);
  });

  it('says that the disk is full when a record does not fit', async () => {
    const writer = await EventWriter.create(folder);
    const cutShort = new Error('Incomplete write; had 34 bytes, wrote 8');
    vi.spyOn(RecordWriter.prototype, 'writeRecord').mockRejectedValueOnce(cutShort);
    await expect(writer.scalars(1, { loss: 1 })).rejects.toThrow(
      /^Could not write .*tfevents.*: the disk is full; /,
    );
    await writer.close();
  });

  it('says in one sentence that it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(EventWriter.create(join(folder, 'file'))).rejects.toThrow(/^Could not write .*tfevents.*: /);
  });
});
