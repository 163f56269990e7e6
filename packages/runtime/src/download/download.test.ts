import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from './download.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256));
const sha256 = createHash('sha256').update(content).digest('hex');
const digest = { algorithm: 'sha256', hex: sha256 } as const;

let folder: string;
let file: string;
let server: Server;
let url: string;
/** The `range` header of each request, in order. */
let ranges: (string | undefined)[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** Serves `content`, ranges included. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const headers = {
    'content-length': content.length - start,
    'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
  };
  response.writeHead(start > 0 ? 206 : 200, headers).end(content.subarray(start));
}

/** Calls back once the partial file has grown to `bytes`. */
function oncePartial(bytes: number, then: () => void): void {
  const { size = 0 } = statSync(`${file}.part`, { throwIfNoEntry: false }) ?? {};
  if (size >= bytes) then();
  else setTimeout(() => oncePartial(bytes, then), 2);
}

/** Sends the first half and drops the connection. */
function serveHalf(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2));
  oncePartial(content.length / 2, () => response.destroy());
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-download-'));
  file = join(folder, 'wheel.whl');
  ranges = [];
  answer = serve;
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wheel.whl`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const quick = { firstPauseMilliseconds: 1 };

describe('download', () => {
  it('fetches, verifies, and leaves no partial file', async () => {
    const seen: number[] = [];
    await download({ url, file, digest }, { onProgress: (received) => seen.push(received) });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(seen.at(-1)).toBe(content.length);
  });

  it('asks only for the rest of a partial file', async () => {
    writeFileSync(`${file}.part`, content.subarray(0, 1000));
    await download({ url, file, digest });
    expect(ranges).toEqual(['bytes=1000-']);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('takes a partial file that is already whole', async () => {
    writeFileSync(`${file}.part`, content);
    await download({ url, file, digest });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over when the server ignores the range', async () => {
    writeFileSync(`${file}.part`, 'something else');
    answer = (_request, response) => response.writeHead(200).end(content);
    await download({ url, file, digest });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over when the partial file is longer than the file', async () => {
    writeFileSync(`${file}.part`, Buffer.alloc(content.length + 1));
    await download({ url, file, digest }, quick);
    expect(ranges).toEqual([`bytes=${content.length + 1}-`, undefined]);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('goes on by itself where a connection broke', async () => {
    answer = (request, response) => (ranges.length === 1 ? serveHalf : serve)(request, response);
    await download({ url, file, digest }, quick);
    expect(ranges).toEqual([undefined, `bytes=${content.length / 2}-`]);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('counts a silent connection as lost', async () => {
    answer = (request, response) => {
      if (ranges.length > 1) serve(request, response);
    };
    await download({ url, file, digest }, { ...quick, stallMilliseconds: 100 });
    expect(ranges).toHaveLength(2);
  });

  it('refuses and deletes a file with another digest', async () => {
    const other = 'f'.repeat(64);
    await expect(download({ url, file, digest: { ...digest, hex: other } })).rejects.toThrow(
      `had SHA-256 ${sha256}, wanted ${other}`,
    );
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('takes an MD5 where the publisher gives no better digest', async () => {
    const hex = createHash('md5').update(content).digest('hex');
    await download({ url, file, digest: { algorithm: 'md5', hex } });
    expect(readFileSync(file).equals(content)).toBe(true);
    const other = { algorithm: 'md5', hex: 'f'.repeat(32) } as const;
    await expect(download({ url, file, digest: other })).rejects.toThrow(
      `had MD5 ${hex}, wanted ${other.hex}`,
    );
  });

  it('does not insist when the server refuses', async () => {
    answer = (_request, response) => response.writeHead(403, 'Forbidden').end('no');
    await expect(download({ url, file, digest }, quick)).rejects.toThrow('the server answered 403 Forbidden');
    expect(ranges).toHaveLength(1);
  });

  it('asks for the bytes as they are, and refuses what would be unpacked on the way', async () => {
    let accepted: string | undefined;
    answer = (request, response) => {
      accepted = request.headers['accept-encoding'];
      // As servers do that take the ending .tgz for an encoding.
      response.writeHead(200, { 'content-encoding': 'x-gzip' }).end(gzipSync(content));
    };
    await expect(download({ url, file, digest }, quick)).rejects.toThrow(
      'the server sends the file as x-gzip',
    );
    expect(accepted).toBe('identity');
    expect(ranges).toHaveLength(1);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('gives up after some attempts that brought nothing', async () => {
    answer = (_request, response) => response.writeHead(503).end();
    await expect(download({ url, file, digest }, { ...quick, fruitlessAttempts: 3 })).rejects.toThrow('503');
    expect(ranges).toHaveLength(3);
  });

  it('keeps what it has when it is interrupted', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000));
    };
    const interruption = new AbortController();
    const options = {
      signal: interruption.signal,
      onProgress: () => oncePartial(1000, () => interruption.abort()),
    };
    await expect(download({ url, file, digest }, options)).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
    expect(statSync(`${file}.part`).size).toBe(1000);
  });
});
