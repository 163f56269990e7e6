// A study that is trained, in several processes and in one.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyImages } from '../testing/tiny-images.ts';

const SOURCE = ['--conditions=@plumbline/source', '--import', 'tsx'];
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let data = '';
let folder = '';
beforeAll(async () => {
  data = await tinyImages(10);
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => Promise.all([data, folder].map((path) => rm(path, { recursive: true }))));

/** Runs of a second, with steps of four images. */
const ASSIGNMENTS = [
  ...['images.crop=none', 'images.workers=0', 'model.network.depth=8', 'model.normalization.groups=4'],
  ...['train.epochs=2', 'train.batchSize=4', 'train.logEvery=1', 'evaluate.batchSize=8'],
];
const command = [
  ...[...SOURCE, MAIN, 'study', '--recipes', 'bn,wa', '--seeds', '0', '--batches', '2,4'],
  ...ASSIGNMENTS.flatMap((assignment) => ['--set', assignment]),
];
const read = (file: string): Promise<string> => readFile(join(folder, 'study', file), 'utf8');

it('stops in both processes at Ctrl-C', async () => {
  const flags = ['--data', join(data, 'train'), '--out', join(folder, 'study'), '--processes', '2'];
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child = spawn(process.execPath, [...command, ...flags], { stdio: [...stdio] });
  const lines: string[] = [];
  createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    if (lines.push(line) > 0 && /^\[\d\] run \d of 5: /.test(line)) child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(130);
  expect(lines.at(-1)).toMatch(/Go on with the same command\.$/);
  expect(await read('study.md')).toMatch(/[0-4] of 5 runs finished\./);
});

it('goes on in one, and has what happens inside and the noise of the batch', async () => {
  const flags = [
    '--data',
    join(data, 'train'),
    '--out',
    join(folder, 'study'),
    '--processes',
    '1',
    '--drop-checkpoints',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...command, ...flags]);
  expect(stdout).toContain('5 of 5 runs finished.');
  expect(await read('study.md')).toMatch(/\| wa \| ([\d.]+) \| \1 \| same run \|/);
  const page = await read('study.html');
  expect(page).toContain('Noise of batch statistics against the batch size');
  expect(page).toContain('Gradients through depth, 2 images normalized together');
  const { recipes } = JSON.parse(await read('noise.json')) as {
    recipes: Record<string, { batchSize: number; layers: unknown[] }[]>;
  };
  // Of sixteen training images.
  expect(recipes['bn']?.map(({ batchSize }) => batchSize)).toEqual([1, 2, 8]);
  expect(recipes['wa']?.every(({ layers }) => layers.length === 0)).toBe(true);
});
