import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictInputs, type InputSources } from './predict-inputs.ts';

const FILES = [
  'a.jpg',
  'B.PNG',
  'notes.txt',
  'deep/c.webp',
  'deep/er/d.jpeg',
  'other/a.jpg',
  'odd [1]/e.jpg',
];

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-inputs-'));
  for (const file of FILES) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), '');
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Names by the files' paths below the root. */
async function names(...paths: string[]): Promise<Record<string, string>> {
  return namesOf({ paths: paths.map((path) => (path === '-' ? path : join(root, path))) });
}

async function namesOf(sources: InputSources): Promise<Record<string, string>> {
  const inputs = await predictInputs(sources);
  return Object.fromEntries(inputs.map(({ file, name }) => [file.slice(root.length + 1), name]));
}

describe('predictInputs', () => {
  it('opens folders, keeps what is below them, and takes images only', async () => {
    expect(await names('')).toEqual({
      'B.PNG': 'B',
      'a.jpg': 'a',
      'deep/c.webp': 'deep/c',
      'deep/er/d.jpeg': 'deep/er/d',
      'odd [1]/e.jpg': 'odd [1]/e',
      'other/a.jpg': 'other/a',
    });
    expect(await names('odd [1]')).toEqual({ 'odd [1]/e.jpg': 'e' });
  });

  it('resolves patterns from the folder before the first wildcard', async () => {
    expect(await names('deep/**/*.{webp,jpeg}')).toEqual({ 'deep/c.webp': 'c', 'deep/er/d.jpeg': 'er/d' });
    expect(await names('*/a.jpg')).toEqual({ 'other/a.jpg': 'other/a' });
    expect(await names('{deep/er,other}/*')).toEqual({
      'deep/er/d.jpeg': 'deep/er/d',
      'other/a.jpg': 'other/a',
    });
  });

  it('keeps the place of named files below the folder that holds them all', async () => {
    expect(await names('deep/c.webp')).toEqual({ 'deep/c.webp': 'c' });
    expect(await names('deep/c.webp', 'deep/er/d.jpeg')).toEqual({
      'deep/c.webp': 'c',
      'deep/er/d.jpeg': 'er/d',
    });
    expect(await names('a.jpg', 'other/a.jpg')).toEqual({ 'a.jpg': 'a', 'other/a.jpg': 'other/a' });
    // A file whose name looks like a pattern is that file.
    expect(await names('odd [1]/e.jpg')).toEqual({ 'odd [1]/e.jpg': 'e' });
  });

  it('reads a list on standard input, and one in a file', async () => {
    const lines = `${join(root, 'deep/c.webp')}\r\n\n  ${join(root, 'a.jpg')}\n`;
    expect(await namesOf({ paths: ['-'], stdin: Readable.from([lines]) })).toEqual({
      'deep/c.webp': 'deep/c',
      'a.jpg': 'a',
    });
    await writeFile(join(root, 'list.txt'), 'deep/er/d.jpeg\na.jpg\n');
    expect(await namesOf({ paths: [], list: join(root, 'list.txt') })).toEqual({
      'deep/er/d.jpeg': 'deep/er/d',
      'a.jpg': 'a',
    });
  });

  it('takes each image once, and one that is not there too: its reader says so', async () => {
    expect(await names('deep', 'deep/*.webp')).toEqual({ 'deep/c.webp': 'c', 'deep/er/d.jpeg': 'er/d' });
    expect(await names('gone.jpg')).toEqual({ 'gone.jpg': 'gone' });
  });

  it('refuses two results of one name, and nothing at all', async () => {
    await expect(names('deep/c.webp', 'other/*.jpg', '*.jpg')).rejects.toThrow(
      /other\/a\.jpg and .*a\.jpg would both be written as "a", one over the other; predict them apart\.$/,
    );
    await expect(names('nothing/*.jpg')).rejects.toThrow(
      /^No image \(jpg, .*\) was found in .*nothing\/\*\.jpg; check/,
    );
    await expect(predictInputs({ paths: [] })).rejects.toThrow(/^No image was named: pass image files/);
  });
});
