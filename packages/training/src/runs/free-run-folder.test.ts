import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freeRunFolder } from './free-run-folder.ts';

it('takes the first number that no folder has', async () => {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-'));
  expect(await freeRunFolder('dann-gn', root)).toBe(join(root, 'dann-gn-1'));
  await mkdir(join(root, 'dann-gn-1'));
  await mkdir(join(root, 'dann-gn-3'));
  expect(await freeRunFolder('dann-gn', root)).toBe(join(root, 'dann-gn-2'));
  await rm(root, { recursive: true });
});
