import { zipSync } from 'fflate';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackWheel } from './unpack-wheel.ts';
import { extractZipEntry, readZipDirectory } from './zip.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-wheel-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Bytes that compress, but not to nothing. */
const library = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251);

function writeWheel(name: string, contents: Parameters<typeof zipSync>[0], comment = 0): string {
  const file = join(folder, name);
  const zip = zipSync(contents, { level: 6 });
  // A trailing comment moves the end of the directory away from the end of the file.
  const bytes = Buffer.concat([zip, Buffer.alloc(comment, 0x20)]);
  if (comment > 0) bytes.writeUInt16LE(comment, zip.length - 2);
  writeFileSync(file, bytes);
  return file;
}

const options = { os: 'linux', say: () => undefined };

describe('unpackWheel', () => {
  it('takes the libraries and the reached headers, byte for byte, and nothing else', async () => {
    const wheel = writeWheel(
      'whole.whl',
      {
        'tensorflow/libtensorflow_cc.so.2': library,
        'tensorflow/libtensorflow_framework.so.2': [library.subarray(0, 10), { level: 0 }],
        'tensorflow/include/tensorflow/c/c_api.h': Buffer.from('// header'),
        'tensorflow/include/tensorflow/core/op.h': Buffer.from('// not reached'),
        'tensorflow/python/big.so': library,
      },
      300,
    );
    await unpackWheel(wheel, folder, options);
    expect(readFileSync(join(folder, 'lib/libtensorflow_cc.so.2')).equals(library)).toBe(true);
    expect(readFileSync(join(folder, 'lib/libtensorflow_framework.so.2'))).toHaveLength(10);
    expect(readFileSync(join(folder, 'include/tensorflow/c/c_api.h'), 'utf8')).toBe('// header');
    expect(existsSync(join(folder, 'include/tensorflow/core'))).toBe(false);
    expect(existsSync(join(folder, 'python'))).toBe(false);
  });

  it('names the library that a wheel lacks', async () => {
    const wheel = writeWheel('thin.whl', { 'tensorflow/libtensorflow_cc.so.2': library });
    await expect(unpackWheel(wheel, folder, options)).rejects.toThrow(
      'has no tensorflow/libtensorflow_framework.so.2',
    );
  });
});

describe('zip archives', () => {
  it('refuses a file that is none', async () => {
    const file = join(folder, 'page.html');
    writeFileSync(file, '<html>403</html>');
    await expect(readZipDirectory(file)).rejects.toThrow('page.html is not a zip archive');
  });

  it('notices changed bytes by the checksum', async () => {
    const file = writeWheel('stored.whl', { a: [library, { level: 0 }] });
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    writeFileSync(file, bytes);
    const [entry] = await readZipDirectory(file);
    if (entry === undefined) throw new Error('the archive has no entry');
    await expect(extractZipEntry(file, entry, join(folder, 'a'))).rejects.toThrow(
      'stored.whl is damaged at a',
    );
  });

  it('extracts an empty file', async () => {
    const file = writeWheel('empty.whl', { nothing: [new Uint8Array(), { level: 0 }] });
    const [entry] = await readZipDirectory(file);
    if (entry === undefined) throw new Error('the archive has no entry');
    await extractZipEntry(file, entry, join(folder, 'nothing'));
    expect(readFileSync(join(folder, 'nothing'))).toHaveLength(0);
  });
});
