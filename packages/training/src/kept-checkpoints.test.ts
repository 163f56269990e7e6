import { link, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepCheckpoint, keptSteps } from './kept-checkpoints.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { RunFolder } from './run-folder.ts';

vi.mock('node:fs/promises', { spy: true });

let root: string;
let run: RunFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-'));
  run = await RunFolder.create(join(root, 'run'), {}, {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const names = async (): Promise<string[]> => (await readdir(run.file('checkpoints'))).sort();

async function saveAndKeep(step: number, newest: number): Promise<void> {
  await writeFileAtomic(run.lastCheckpoint, `state of ${step}`);
  await keepCheckpoint(run, step, newest);
}

it('keeps the newest, each as it was when it was the last', async () => {
  for (const step of [5, 10, 100, 105]) await saveAndKeep(step, 2);
  expect(await names()).toEqual(['last.safetensors', 'step-100.safetensors', 'step-105.safetensors']);
  expect(await keptSteps(run)).toEqual([100, 105]);
  expect(await readFile(run.stepCheckpoint(100), 'utf8')).toBe('state of 100');
});

it('keeps none unless asked, and one again that is kept already', async () => {
  await saveAndKeep(5, 0);
  expect(await names()).toEqual(['last.safetensors']);
  for (let times = 0; times < 2; times++) {
    await keepCheckpoint(run, 5, 1);
    expect(await names()).toEqual(['last.safetensors', 'step-5.safetensors']);
  }
});

it('removes what a kill left half done, and the later steps of a run that went back', async () => {
  for (const step of [5, 10, 15]) await saveAndKeep(step, 3);
  await writeFile(run.file('checkpoints/.step-10.safetensors.partial'), '');
  await saveAndKeep(7, 3);
  expect(await names()).toEqual(['last.safetensors', 'step-5.safetensors', 'step-7.safetensors']);
});

it('has the old ones until the new one is in place, and copies where files have one name', async () => {
  await saveAndKeep(5, 1);
  vi.mocked(link).mockImplementation(() => Promise.reject(new Error('EPERM')));
  await saveAndKeep(10, 1);
  expect(await readFile(run.stepCheckpoint(10), 'utf8')).toBe('state of 10');
  expect(await names()).toEqual(['last.safetensors', 'step-10.safetensors']);

  await rm(run.lastCheckpoint);
  await expect(keepCheckpoint(run, 15, 1)).rejects.toThrow();
  expect(await names()).toEqual(['step-10.safetensors']);
});
