import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeSummary } from '../testing/made-report.ts';
import { readRunSummary } from './run-summary.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string): Promise<unknown> {
  const path = join(folder, 'summary.json');
  await writeFile(path, text);
  return readRunSummary(path);
}

describe('summary.json', () => {
  it('is read as it was written', async () => {
    expect(await read(JSON.stringify(madeSummary))).toEqual(madeSummary);
  });

  it('is null while there is none', async () => {
    expect(await readRunSummary(join(folder, 'none.json'))).toBeNull();
  });

  it('is refused with the place of the first error', async () => {
    const best = { step: 1, top1: 'all' };
    await expect(read(JSON.stringify({ ...madeSummary, best }))).rejects.toThrow(
      /summary\.json is no summary of a classification run \(best\.top1\): delete it/,
    );
    await expect(read('{ "step"')).rejects.toThrow(/not an object/);
  });
});
