import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { obtainArchive, type DatasetArchive, type ObtainedArchive } from './dataset-archive.ts';

const content = Buffer.from('an archive of some length');
const md5 = createHash('md5').update(content).digest('hex');

let folder: string;
let server: Server;
let status: number;
/** The `range` header of each request, in order. */
let ranges: (string | undefined)[];
let archive: DatasetArchive;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-archive-'));
  status = 200;
  ranges = [];
  said = [];
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(status === 200 && start > 0 ? 206 : status, {
      'content-length': content.length - start,
    });
    response.end(content.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/set.tar`;
  archive = { name: 'The set', url, file: 'set.tar', md5, size: '25 bytes', option: '--set-archive' };
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const obtain = (given?: string, changed: Partial<DatasetArchive> = {}): Promise<ObtainedArchive> =>
  obtainArchive(
    { ...archive, ...changed },
    {
      given,
      folder: join(folder, 'downloads'),
      say: (line) => said.push(line),
      retry: { fruitlessAttempts: 2, firstPauseMilliseconds: 1 },
    },
  );

describe('obtainArchive', () => {
  it('downloads once, goes on with a partial file, and checks', async () => {
    const path = join(folder, 'downloads', 'set.tar');
    await mkdir(join(folder, 'downloads'));
    await writeFile(`${path}.part`, content.subarray(0, 10));
    expect(await obtain()).toEqual({ path, isOfficial: true });
    expect(await readFile(path)).toEqual(content);
    expect(await obtain()).toEqual({ path, isOfficial: true });
    expect(ranges).toEqual(['bytes=10-']);
    expect(said.at(-1)).toBe(`Checking ${path}.`);
  });

  it('says what to fetch by hand and where to put it when the network fails', async () => {
    const path = join(folder, 'downloads', 'set.tar');
    const byHand = `: run again to go on where it stopped, or fetch ${archive.url} (25 bytes, MD5 ${md5}) by another way, put it at ${path} and run again.`;
    status = 404;
    await expect(obtain()).rejects.toThrow(
      `The set could not be downloaded (the server answered 404 Not Found)${byHand}`,
    );
    server.closeAllConnections();
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(obtain(undefined, { url: `http://127.0.0.1:${port}/set.tar` })).rejects.toThrow(
      /^The set could not be downloaded \(fetch failed: .*ECONNREFUSED.*\): run again/,
    );
  });

  it('refuses and removes a download with another digest', async () => {
    const wrong = 'f'.repeat(32);
    await expect(obtain(undefined, { md5: wrong })).rejects.toThrow(`had MD5 ${md5}, wanted ${wrong}`);
    expect(existsSync(join(folder, 'downloads', 'set.tar'))).toBe(false);
  });

  it('keeps a file of that name that is another, and says so', async () => {
    const path = join(folder, 'downloads', 'set.tar');
    await mkdir(join(folder, 'downloads'));
    await writeFile(path, 'other');
    await expect(obtain()).rejects.toThrow(
      /has MD5 .*: remove it to have it fetched again, or name it with --set-archive/,
    );
    expect(await readFile(path, 'utf8')).toBe('other');
  });

  it('takes the user’s copy, whatever it is, and asks no server', async () => {
    const path = join(folder, 'mine.tar');
    await writeFile(path, content);
    expect(await obtain(path)).toEqual({ path, isOfficial: true });
    await writeFile(path, 'a part of it');
    expect(await obtain(path)).toEqual({ path, isOfficial: false });
    expect(said.at(-1)).toBe(`${path} is not the published archive of The set: what it holds is taken.`);
    expect(await obtain(folder)).toEqual({ path: folder, isOfficial: false });
    await expect(obtain(join(folder, 'gone'))).rejects.toThrow(
      `--set-archive names ${folder}/gone, which is not there: give the path of set.tar.`,
    );
    expect(ranges).toEqual([]);
  });
});
