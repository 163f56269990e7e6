import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tarFiles } from './tar-files.ts';
import { tarOf, tgzOf, type TarEntries } from './tar.test.fixture.ts';
import { temporaryFolder } from '../datasets/tiny-voc.test.fixture.ts';

const noise = Uint8Array.from({ length: 40_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251);
const entries: TarEntries = {
  'set/': null,
  'set/one.txt': 'one',
  'set/noise.bin': noise,
  'set/link.txt': { link: '/etc/passwd' },
  'set/empty.txt': '',
  'set/two.txt': 'two',
};

async function archiveOf(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'archive');
  await writeFile(path, bytes);
  return path;
}

async function read(
  archive: string,
  wanted: (name: string) => boolean = () => true,
): Promise<[string, number][]> {
  const files: [string, number][] = [];
  for await (const { name, bytes } of tarFiles(archive, { wanted })) files.push([name, bytes.length]);
  return files;
}

describe('tarFiles', () => {
  it('gives files as they are, packed or not, and neither folders nor links', async () => {
    for (const bytes of [await tarOf(entries), await tgzOf(entries)]) {
      const asked: string[] = [];
      const found = new Map<string, Uint8Array>();
      const shares: number[] = [];
      const wanted = (name: string): boolean => asked.push(name) > 0 && name !== 'set/one.txt';
      const onProgress = (done: number, total: number): number => shares.push(done / total);
      for await (const { name, bytes: content } of tarFiles(await archiveOf(bytes), { wanted, onProgress })) {
        found.set(name, content);
      }
      expect(asked).toEqual(['set/one.txt', 'set/noise.bin', 'set/empty.txt', 'set/two.txt']);
      expect([...found.keys()]).toEqual(['set/noise.bin', 'set/empty.txt', 'set/two.txt']);
      expect(found.get('set/noise.bin')).toEqual(Buffer.from(noise));
      expect(shares.at(-1)).toBe(1);
    }
  });

  it('can be left early', async () => {
    for await (const { name } of tarFiles(await archiveOf(await tgzOf(entries)), { wanted: () => true })) {
      expect(name).toBe('set/one.txt');
      break;
    }
  });

  it('says when an archive ends early, is damaged, or is none', async () => {
    const tar = await tarOf(entries);
    const tgz = await tgzOf(entries);
    const bad = async (bytes: Uint8Array): Promise<void> => {
      const path = await archiveOf(bytes);
      await expect(read(path)).rejects.toThrow(`The archive ${path} could not be read to its end (`);
      await expect(read(path, () => false)).rejects.toThrow('it is truncated, damaged or no tar archive');
    };
    await bad(tar.subarray(0, 20_000));
    await bad(tgz.subarray(0, tgz.length / 2));
    await bad(Buffer.alloc(5000, 'x'));
    const damaged = Buffer.from(tgz);
    const middle = Math.floor(tgz.length / 2);
    damaged.fill(0, middle, middle + 50);
    await bad(damaged);
  });

  it('says when there is no such file', async () => {
    const folder = await temporaryFolder();
    await expect(read(join(folder, 'gone.tar'))).rejects.toThrow(`There is no archive ${folder}/gone.tar`);
    await expect(read(folder)).rejects.toThrow(`${folder} is no file: pass the archive itself`);
  });
});
