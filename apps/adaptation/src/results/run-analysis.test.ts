import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRunAnalysis } from './run-analysis.ts';
import { writeFileAtomic } from '@plumbline/training';

it('reads what a run wrote of its drift, and says which file is no analysis', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'analysis-'));
  const path = join(folder, 'analysis.json');
  expect(await readRunAnalysis(path)).toBeNull();
  const layers = [{ layer: 'conv1', meanShift: 0.5, varianceShift: null }];
  await writeFileAtomic(path, JSON.stringify({ drift: layers, aDistance: null }));
  expect(await readRunAnalysis(path)).toEqual({ drift: [{ ...layers[0], varianceShift: NaN }] });
  await writeFileAtomic(path, '{"drift": 3}');
  await expect(readRunAnalysis(path)).rejects.toThrow(/analysis\.json is no analysis of an adaptation run/);
  await rm(folder, { recursive: true });
});
