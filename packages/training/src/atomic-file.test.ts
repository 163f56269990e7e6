import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  it('creates folders, replaces the file, and leaves nothing else behind', async () => {
    const path = join(folder, 'a/b/file.txt');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, [Buffer.from('ne'), Buffer.from('w')]);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['file.txt']);
  });

  it('keeps the previous file when the content fails half-way', async () => {
    const path = join(folder, 'file.txt');
    await writeFile(path, 'old');
    const failing = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('no more');
    };
    await expect(writeFileAtomic(path, failing())).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file.txt']);
  });

  it('keeps the previous file when the process is killed half-way, and is not hindered by the rest', async () => {
    const path = join(folder, 'last.safetensors');
    await writeFileAtomic(path, 'old');
    const program = `
      import { writeFileAtomic } from ${JSON.stringify(join(import.meta.dirname, 'atomic-file.ts'))};
      async function* content() {
        yield Buffer.alloc(1 << 20);
        process.stdout.write('half');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      }
      await writeFileAtomic(${JSON.stringify(path)}, content());
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeFileAtomic(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full, and keeps the previous file', async () => {
    const path = join(folder, 'last.safetensors');
    await writeFile(path, 'old');
    // Every write to this device fails as on a full disk.
    await symlink('/dev/full', join(folder, '.last.safetensors.partial'));
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(
      `Could not write ${path}: the disk is full; free`,
    );
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('says in one sentence where it could not write', async () => {
    await writeFile(join(folder, 'file'), '');
    const path = join(folder, 'file/inside.txt');
    await expect(writeFileAtomic(path, '')).rejects.toThrow(/^Could not write .*inside\.txt: .*folder/);
  });
});
