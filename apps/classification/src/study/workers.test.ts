import { Progress } from '@plumbline/training';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { runWorkers } from './workers.ts';

/** What `script` says in two processes, and how they end. */
async function run(
  script: string,
  signal: AbortSignal = new AbortController().signal,
  onLine: (line: string) => void = () => undefined,
): Promise<{ lines: string[]; end: boolean | string }> {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(String(chunk).trimEnd());
      onLine(String(chunk));
      done();
    },
  });
  const end = await runWorkers({
    program: ['-e', script],
    args: [],
    processes: 2,
    signal,
    progress: new Progress({ stream }),
  }).catch((error: unknown) => String(error));
  return { lines: lines.sort(), end };
}

it('shows the lines of each process with its number, and gives it one thread', async () => {
  const { lines, end } = await run(
    `console.log(process.env.OMP_NUM_THREADS, 'thread'); process.stderr.write('half ');
     setTimeout(() => console.error('a line'), 50)`,
  );
  expect(end).toBe(true);
  const threads = process.env['OMP_NUM_THREADS'] ?? '1';
  expect(lines).toEqual([
    `[1] ${threads} thread`,
    '[1] half a line',
    `[2] ${threads} thread`,
    '[2] half a line',
  ]);
});

it('tells all to stop, and says that they were', async () => {
  const controller = new AbortController();
  let ready = 0;
  const { end, lines } = await run(
    `process.on('SIGINT', () => { console.log('stopping'); process.exit(130); });
     console.log('ready'); setInterval(() => undefined, 1000)`,
    controller.signal,
    (line) => {
      if (line.includes('ready') && ++ready === 2) controller.abort();
    },
  );
  expect(end).toBe(false);
  expect(lines).toEqual(['[1] ready', '[1] stopping', '[2] ready', '[2] stopping']);
});

it('starts none that is to stop at once', async () => {
  expect(await run('console.log(1)', AbortSignal.abort())).toEqual({ lines: [], end: false });
});

it('counts those that ended with an error, after all have ended', async () => {
  const { end } = await run('process.exit(3)');
  expect(end).toMatch(/2 of 2 processes ended with an error, which stands above/);
});
