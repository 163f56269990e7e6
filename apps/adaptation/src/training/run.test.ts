import { stoppingStream } from '@plumbline/test-support';
import { DivergedError, Progress, readCheckpointMetadata, RunFolder } from '@plumbline/training';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { methodSchema } from '../config/method-config.ts';
import { readRunSummary, type RunSummary } from '../results/run-summary.ts';
import { tinyConfig, tinyTask } from '../testing/tiny-task.ts';
import { applicability } from './applicability.ts';
import { performRun } from './run.ts';

let root = '';
beforeAll(async () => {
  root = await tinyTask();
});
afterAll(() => rm(root, { recursive: true }));

interface How {
  /** Stops at the first line of the progress that has it; a number: after that step. */
  stopAt?: number | string;
  resume?: boolean;
}

const perform = (
  config: Config,
  name: string,
  { stopAt, resume = false }: How = {},
): Promise<RunSummary | null> => {
  const { stream, signal } = stoppingStream((line) =>
    typeof stopAt === 'string' ? line.includes(stopAt) : line.startsWith(`step ${stopAt}/`),
  );
  const progress = new Progress({ stream, interval: 0 });
  return performRun({ config, folder: join(root, name), resume, progress, signal });
};

/** The tensors of the last checkpoint, byte by byte. */
async function tensors(name: string): Promise<Buffer> {
  const bytes = await readFile(join(root, name, 'checkpoints/last.safetensors'));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}

describe('a run', () => {
  it('leaves a summary, a report, and curves of both domains', async () => {
    const summary = await perform(tinyConfig(root, { evaluate: { analysis: 'full' } }), 'whole');
    expect(summary).toMatchObject({
      method: 'dann',
      recipe: 'wa+gn',
      domainBatching: 'joint',
      step: 6,
      before: null,
    });
    expect(await readRunSummary(join(root, 'whole/summary.json'))).toEqual(summary);
    expect(Object.keys(summary?.chosen ?? {})).toHaveLength(8);
    expect(summary?.oracle.accuracy).toBeGreaterThanOrEqual(summary?.last ?? 1);
    const metrics = await (await RunFolder.open(join(root, 'whole'))).readMetrics();
    expect(metrics.filter(({ kind }) => kind === 'evaluation').map(({ step }) => step)).toEqual([3, 6]);
    expect(metrics.find(({ kind }) => kind === 'train')?.['terms']).toHaveProperty('discriminatorAccuracy');
    expect(await readFile(join(root, 'whole/report.html'), 'utf8')).toContain('oracle');
  });

  it.each([
    [
      'cdan with random maps',
      { method: { name: 'cdan', randomized: true, randomizedDimension: 16, hidden: 8 } },
      2,
    ],
    ['shot in its second stage', { method: { name: 'shot', sourceShare: 0.5 } }, 4],
    [
      'shot between its stages',
      { method: { name: 'shot', sourceShare: 0.5 }, train: { checkpointEvery: 3 } },
      4,
    ],
    [
      'dsbn',
      { method: { name: 'dsbn', hidden: 8 }, model: { recipe: 'bn' }, train: { domainBatching: 'split' } },
      2,
    ],
  ] as const)('goes on to the same bits: %s', async (name, over, stopAt) => {
    const config = tinyConfig(root, over);
    const whole = await perform(config, `${name} whole`);
    expect(await perform(config, `${name} stopped`, { stopAt })).toBeNull();
    const resumed = await perform(config, `${name} stopped`, { resume: true });
    expect((await tensors(`${name} stopped`)).equals(await tensors(`${name} whole`))).toBe(true);
    expect({ ...resumed, seconds: 0 }).toEqual({ ...whole, seconds: 0 });
  });

  it.each([
    ['in the middle', 0.75, 3, [3, 5, 6]],
    ['at the end of a stage', 0.7, 5, [4, 5, 6]],
  ])(
    'makes up for an evaluation that was interrupted %s',
    async (where, sourceShare, evaluateEvery, steps) => {
      const config = tinyConfig(root, { method: { name: 'shot', sourceShare }, train: { evaluateEvery } });
      await expect(perform(config, where, { stopAt: 'images evaluated' })).rejects.toThrow();
      const run = await RunFolder.open(join(root, where));
      const evaluated = async (): Promise<unknown[]> =>
        (await run.readMetrics()).filter(({ kind }) => kind === 'evaluation').map(({ step }) => step);
      expect(await evaluated()).toEqual([]);
      await perform(config, where, { resume: true });
      expect(await evaluated()).toEqual(steps);
    },
  );

  it('never keeps the network of an earlier stage as its best, interrupted or not', async () => {
    const config = tinyConfig(root, {
      method: { name: 'shot', sourceShare: 0.75 },
      evaluate: { choose: 'sourceAccuracy' },
    });
    await expect(perform(config, 'best', { stopAt: 6 })).rejects.toThrow();
    const run = await RunFolder.open(join(root, 'best'));
    expect((await readCheckpointMetadata(run.bestCheckpoint)).step).toBeLessThan(6);
    await perform(config, 'best', { resume: true });
    expect((await readCheckpointMetadata(run.bestCheckpoint)).step).toBe(6);
  });

  it('knows its accuracy before AdaBN, and keeps the adapted network', async () => {
    const config = tinyConfig(root, { method: { name: 'adabn' }, model: { recipe: 'bn' } });
    const summary = await perform(config, 'adabn');
    expect(summary?.before).toBeGreaterThanOrEqual(0);
    const [last, best] = await Promise.all(
      ['last', 'best'].map((file) => readFile(join(root, `adabn/checkpoints/${file}.safetensors`))),
    );
    expect(best?.length).toBeLessThan(last?.length ?? 0);
  });

  it('has diverged, and no score, when its last update ruins the network', async () => {
    const config = tinyConfig(root, { optimizer: { learningRate: 1e30 }, train: { steps: 1 } });
    const failed = perform(config, 'diverged');
    await expect(failed).rejects.toThrow(DivergedError);
    await expect(failed).rejects.toThrow(/optimizer\.learningRate/);
    expect(await readRunSummary(join(root, 'diverged/summary.json'))).toBeNull();
  });

  it('refuses a method that does not fit before anything is written', async () => {
    const config = tinyConfig(root, { method: { name: 'adabn' }, model: { recipe: 'gn' } });
    await expect(perform(config, 'refused')).rejects.toThrow(/method.name=adabn does not apply/);
    const large = tinyConfig(root, { train: { sourceBatch: 19 } });
    await expect(perform(large, 'refused')).rejects.toThrow(
      'train.sourceBatch is 19, and there are only 18 images of source to train on: lower it, or raise data.limit',
    );
    await expect(RunFolder.open(join(root, 'refused'))).rejects.toThrow(/holds no run/);
  });
});

describe('every method', () => {
  const names = methodSchema.options.map((option) => option.shape.name.value);
  const NEEDS_BATCH_NORM: readonly string[] = ['adabn', 'dsbn', 'transnorm'];

  it.each(names)('%s trains on unequal batches', async (name) => {
    const domainBatching = name === 'dsbn' ? 'split' : 'joint';
    const config = tinyConfig(root, {
      method: methodSchema.parse({ name, ...(name === 'dann' ? { hidden: 8 } : {}) }),
      model: { recipe: NEEDS_BATCH_NORM.includes(name) ? 'wa+bn' : 'wa+gn' },
      train: { steps: 4, domainBatching, evaluateEvery: 4 },
      evaluate: { validators: ['informationMaximization'] },
    });
    expect(applicability(config)).toBeNull();
    const summary = await perform(config, `method ${name}`);
    expect(summary).toMatchObject({ method: name, step: 4 });
    expect(summary?.last).toBeGreaterThan(0);
  });

  it.each(NEEDS_BATCH_NORM)('%s does not apply without batch norm', (name) => {
    const config = tinyConfig(root, {
      method: methodSchema.parse({ name }),
      model: { recipe: 'gn' },
      train: { domainBatching: 'split' },
    });
    expect(applicability(config)).toMatch(/batch norm|recipe with/);
  });

  it('says which batching a normalization of domains needs', () => {
    const of = (recipe: string, domainBatching: 'joint' | 'separate'): string | null =>
      applicability(tinyConfig(root, { model: { recipe }, train: { domainBatching } }));
    expect(of('dsbn', 'joint')).toMatch(/set train.domainBatching to separate or split/);
    expect(of('wa+tn', 'separate')).toMatch(/set train.domainBatching to joint or split/);
    const alone = tinyConfig(root, { model: { recipe: 'tn' }, method: { name: 'source-only' } });
    expect(applicability(alone)).toMatch(/TransNorm needs both: use another recipe/);
  });
});
