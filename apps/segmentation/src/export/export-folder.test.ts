import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillFolder, writeFiles } from './export-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A folder that holds one file, `which`. */
async function made(name: string, which: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'which'), which);
}

const which = (name = 'out'): Promise<string> => readFile(join(folder, name, 'which'), 'utf8');
const fill = (partial: string): Promise<void> =>
  writeFiles(partial, [{ name: 'which', bytes: Buffer.from('new') }]);
const fail = (): Promise<never> => Promise.reject(new Error('no'));

describe('fillFolder', () => {
  it('replaces a folder as a whole', async () => {
    await made('out', 'old');
    await writeFile(join(folder, 'out', 'other'), '');
    await fillFolder(join(folder, 'out'), fill);
    expect(await readdir(join(folder, 'out'))).toEqual(['which']);
    expect(await which()).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('keeps the old one when it cannot be filled', async () => {
    await made('out', 'old');
    await expect(fillFolder(join(folder, 'out'), fail)).rejects.toThrow('no');
    expect(await which()).toBe('old');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('puts back what a run that was killed had set aside', async () => {
    await made('.out.former', 'old');
    await made('.out.partial', 'half');
    await expect(fillFolder(join(folder, 'out'), fail)).rejects.toThrow('no');
    expect(await which()).toBe('old');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('removes what a run that was killed had replaced', async () => {
    await made('.out.former', 'old');
    await made('out', 'newer');
    await fillFolder(join(folder, 'out'), fill);
    expect(await which()).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
  });
});
