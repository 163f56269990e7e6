// TFRecord files, record by record: a length and its CRC32C, the record, and its CRC32C, one after the other until the
// file ends. Checksums are verified, and only one record at a time is in memory. Compressed files are not read.
import { RecordReader, RecordWriter } from 'tfrecord';
import { atomically } from '../atomic-write.ts';
import { DataError, errorCode, reason } from '../data-error.ts';

/** What errors call a record; the first is 1. */
export const recordName = (path: string, number: number): string => `Record ${number} of ${path}`;

/**
 * The records of a file in their order; an empty file has none. Each is valid until the next one is asked for.
 *
 * @throws DataError when the file is missing or a record is broken.
 */
export async function* readRecords(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let reader: RecordReader | null = null;
  let number = 1;
  try {
    reader = await RecordReader.create(path);
    for (; ; number++) {
      const record = await reader.readRecord();
      if (record === null) return;
      yield record;
    }
  } catch (error) {
    if (errorCode(error) !== undefined) {
      throw new DataError(
        `The TFRecord file ${path} could not be read (${reason(error)}): check the path and the disk.`,
        {
          cause: error,
        },
      );
    }
    throw new DataError(
      `${recordName(path, number)} is broken (${reason(error)}): the file is damaged, cut short, compressed or no ` +
        `TFRecord file; copy it again from its source, or unpack it first.`,
      { cause: error },
    );
  } finally {
    await reader?.close();
  }
}

/**
 * Writes a file of records, atomically. No record at all is a valid file too.
 *
 * @throws DataError when it cannot be written, and whatever `records` throw.
 */
export async function writeRecords(path: string, records: AsyncIterable<Uint8Array>): Promise<void> {
  await atomically(path, async (temporary) => {
    const writer = await RecordWriter.create(temporary);
    try {
      for await (const { buffer, byteOffset, byteLength } of records) {
        await writer.writeRecord(Buffer.from(buffer, byteOffset, byteLength)).catch(refuseCutShort);
      }
    } finally {
      await writer.close();
    }
  });
}

/** The library gives a write that was cut short an error of its own, without a code: nothing but a full disk does that. */
function refuseCutShort(error: unknown): never {
  throw error instanceof Error && errorCode(error) === undefined
    ? Object.assign(error, { code: 'ENOSPC' })
    : error;
}
