import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { performRun } from '../training/run.ts';
import { printConfig } from './config.ts';
import { train } from './train.ts';

vi.mock('../training/run.ts', () => ({ performRun: vi.fn(() => Promise.resolve({})) }));
const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('train', () => {
  it('says what it does before it does it, where it is told to', async () => {
    const run = join(folder, 'run');
    await train({ preset: 'quick', recipe: 'gn', run });
    const said = log.mock.calls.flat().join('\n');
    expect(said).toContain('recipe: "gn" # Normalization of weights + activations');
    expect(said).toContain(`Run folder: ${run}`);
    const [options] = vi.mocked(performRun).mock.lastCall ?? [];
    expect(options).toMatchObject({ folder: run, resume: false, config: { model: { recipe: 'gn' } } });
  });

  it('goes on with a run as it was, and with nothing else', async () => {
    const flags = { resume: join(folder, 'none'), preset: 'quick', dataset: 'cifar10', set: ['seed=1'] };
    await expect(train(flags)).rejects.toThrow(
      "--resume goes on with the run's own configuration: leave out --preset, --set, --dataset, or start a new run.",
    );
    await expect(train({ resume: join(folder, 'none') })).rejects.toThrow(/none holds no run/);
  });
});

it('config prints every option with its meaning', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  await printConfig({ preset: 'kn-cifar10-r32' });
  const text = String(write.mock.lastCall?.[0]);
  write.mockRestore();
  expect(text).toContain('warmUpFactor: 0.1 # Share of the rate that it rises from.');
  for (const line of text.trimEnd().split('\n')) expect(line).toContain(' # ');
});
