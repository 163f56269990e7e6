/**
 * Takes single files out of a zip archive (a Python wheel is one) without reading the rest: the central directory at
 * the end says where each lies. Entries are inflated as they are read, so an 800 MB library never lies in memory.
 * Format: PKWARE APPNOTE 6.3, without ZIP64 (no wheel of ours reaches 4 GB) and encryption.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  /** Where the entry's own header starts in the archive. */
  readonly headerOffset: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_MARK = 0xffffffff;

async function readRange(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function parseDirectory(archive: string, directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new Error(`${archive} has a damaged directory; delete the file and get it again.`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    const method = directory.readUInt16LE(at + 10);
    const entry = {
      name,
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      crc32: directory.readUInt32LE(at + 16),
      headerOffset: directory.readUInt32LE(at + 42),
    };
    if ((method !== 0 && method !== 8) || entry.bytes === ZIP64_MARK || entry.headerOffset === ZIP64_MARK) {
      throw new Error(
        `${archive} stores ${name} in a way this reader does not know; use a wheel made by pip's tools.`,
      );
    }
    entries.push({ ...entry, method: method === 0 ? 'stored' : 'deflated' });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** @throws when `archive` is no zip archive, or one of a kind that this reader does not know. */
export async function readZipDirectory(archive: string): Promise<ZipEntry[]> {
  const file = await open(archive, 'r');
  try {
    const { size } = await file.stat();
    const tailStart = Math.max(0, size - END_BYTES - LONGEST_COMMENT);
    const tail = await readRange(file, tailStart, size - tailStart);
    let end = tail.length - END_BYTES;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
    if (end < 0) throw new Error(`${archive} is not a zip archive; delete the file and get it again.`);
    const directory = await readRange(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    return parseDirectory(archive, directory, tail.readUInt16LE(end + 10));
  } finally {
    await file.close();
  }
}

async function dataOffset(archive: string, entry: ZipEntry): Promise<number> {
  const file = await open(archive, 'r');
  try {
    const header = await readRange(file, entry.headerOffset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER) {
      throw new Error(`${archive} is damaged at ${entry.name}; delete the file and get it again.`);
    }
    return entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

/** Measures what passes through: its length, and the checksum that the archive has for it. */
class Measure extends Transform {
  bytes = 0;
  checksum = 0;

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    this.bytes += chunk.length;
    this.checksum = crc32(chunk, this.checksum);
    done(null, chunk);
  }
}

/**
 * Writes one entry to the file `destination`, whose folder must exist.
 * @throws when the bytes do not have the length and the checksum that the archive says.
 */
export async function extractZipEntry(
  archive: string,
  entry: ZipEntry,
  destination: string,
  signal?: AbortSignal,
): Promise<void> {
  const start = await dataOffset(archive, entry);
  const measure = new Measure();
  const target = createWriteStream(destination);
  const options = signal === undefined ? {} : { signal };
  if (entry.compressedBytes > 0) {
    const source = createReadStream(archive, {
      start,
      end: start + entry.compressedBytes - 1,
      highWaterMark: 1 << 20,
    });
    if (entry.method === 'stored') await pipeline(source, measure, target, options);
    else await pipeline(source, createInflateRaw({ chunkSize: 1 << 20 }), measure, target, options);
  } else {
    await pipeline([], measure, target, options);
  }
  if (measure.bytes !== entry.bytes || measure.checksum !== entry.crc32) {
    throw new Error(`${archive} is damaged at ${entry.name}; delete the file and get it again.`);
  }
}
