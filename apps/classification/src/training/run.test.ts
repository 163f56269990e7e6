import { stoppingStream } from '@plumbline/test-support';
import {
  DivergedError,
  Progress,
  readCheckpointMetadata,
  RunFolder,
  type MetricsRecord,
} from '@plumbline/training';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config, ConfigInput } from '../config/config.ts';
import { readInside } from '../inside/inside-record.ts';
import { readRunSummary, type RunSummary } from '../results/run-summary.ts';
import { tinyConfig, tinyImages } from '../testing/tiny-images.ts';
import { performRun } from './run.ts';

let root = '';
beforeAll(async () => {
  root = await tinyImages();
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
    typeof stopAt === 'string' ? line.includes(stopAt) : new RegExp(`^step +${stopAt}/`).test(line),
  );
  const progress = new Progress({ stream, interval: 0 });
  return performRun({ config, folder: join(root, name), resume, progress, signal });
};

/** The tensors of a checkpoint, byte by byte. */
async function tensors(name: string, checkpoint = 'last'): Promise<Buffer> {
  const bytes = await readFile(join(root, name, `checkpoints/${checkpoint}.safetensors`));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}

const metricsOf = async (name: string): Promise<MetricsRecord[]> =>
  (await RunFolder.open(join(root, name))).readMetrics();
const evaluated = async (name: string): Promise<number[]> =>
  (await metricsOf(name)).filter(({ kind }) => kind === 'evaluation').map(({ step }) => step);

describe('a run', () => {
  it('learns, and leaves scores, a report, and what happened inside', async () => {
    const config = tinyConfig(root, { train: { epochs: 4 }, evaluate: { inside: 'full' } });
    const summary = await perform(config, 'whole');
    expect(summary).toMatchObject({
      step: 12,
      dataset: 'folders',
      network: 'ResNet-8',
      recipe: 'wa+gn',
      ...{ batchSize: 4, accumulate: 1, seed: 0, top1: 1, top5: null },
    });
    expect(summary?.best.top1).toBe(1);
    expect(summary?.protocol).toContain(
      '12 training images, 4 epochs (12 steps) of 4 images, seed 0; random crop 8²',
    );
    expect(await readRunSummary(join(root, 'whole/summary.json'))).toEqual(summary);
    expect(await evaluated('whole')).toEqual([3, 6, 9, 12]);
    expect((await readInside(join(root, 'whole/inside.jsonl'))).map(({ step }) => step)).toEqual([
      0, 3, 6, 9, 12,
    ]);
    const losses = (await metricsOf('whole')).flatMap(({ kind, loss }) =>
      kind === 'train' ? [Number(loss)] : [],
    );
    expect(losses).toHaveLength(12);
    expect(summary?.trainingLoss).toBeCloseTo(losses.slice(-3).reduce((sum, loss) => sum + loss) / 3, 6);
    const report = await readFile(join(root, 'whole/report.html'), 'utf8');
    for (const part of [
      '100.0 %',
      'Accuracy on the test images',
      'Inside the network',
      'Confusion',
      'above',
    ]) {
      expect(report).toContain(part);
    }
    const confusion: unknown = JSON.parse(await readFile(join(root, 'whole/confusion.json'), 'utf8'));
    expect(confusion).toEqual({ classes: ['above', 'below'], counts: [6, 0, 0, 6] });
  });

  it.each([
    ['batch norm and mixup', 4, { model: { recipe: 'bn' }, loss: { mixup: 1, labelSmoothing: 0.1 } }],
    [
      'accumulated steps across epochs, an average of the weights and a warm-up',
      3,
      {
        optimizer: {
          warmUpEpochs: 0.7,
          clipNorm: 1,
          nesterov: true,
          learningRate: 0.05,
          ratePerImages: null,
        },
        train: { batchSize: 2, accumulate: 4, ema: 0.9, epochs: 4, checkpointEvery: 10 },
      },
    ],
    ['captured steps', 3, { train: { capture: 'always', ema: 0.9, accumulate: 2, epochs: 4 } }],
    ['scales set by data', 4, { model: { recipe: 'pws', dataDependentStart: true } }],
  ] as const satisfies readonly (readonly [string, number, ConfigInput])[])(
    'goes on to the same bits: %s',
    async (name, stopAt, over) => {
      const config = tinyConfig(root, over);
      const whole = await perform(config, `${name} whole`);
      expect(await perform(config, `${name} stopped`, { stopAt })).toBeNull();
      const resumed = await perform(config, `${name} stopped`, { resume: true });
      expect({ ...resumed, seconds: 0 }).toEqual({ ...whole, seconds: 0 });
      for (const checkpoint of ['last', 'best']) {
        const [a, b] = [
          await tensors(`${name} stopped`, checkpoint),
          await tensors(`${name} whole`, checkpoint),
        ];
        expect(a.equals(b), checkpoint).toBe(true);
      }
      expect(await evaluated(`${name} stopped`)).toEqual(await evaluated(`${name} whole`));
    },
  );

  it.each([
    ['in the middle', 2, 1, [], [3, 6]],
    // Of an epoch and a half, the last evaluation is at no whole epoch.
    ['at the end', 1.5, 2, [3], [3, 5]],
  ])('makes up for an evaluation that was interrupted %s', async (where, epochs, which, before, after) => {
    const config = tinyConfig(root, { train: { epochs } });
    let evaluations = 0;
    const { stream, signal } = stoppingStream(
      (line) => line.startsWith('5/12 images evaluated') && ++evaluations === which,
    );
    const progress = new Progress({ stream, interval: 0 });
    const run = performRun({ config, folder: join(root, where), resume: false, progress, signal });
    await expect(run).rejects.toThrow();
    expect(await evaluated(where)).toEqual(before);
    expect(await perform(config, where, { resume: true })).toMatchObject({ step: after.at(-1) });
    expect(await evaluated(where)).toEqual(after);
  });

  it('keeps the best of its evaluations, and does not forget it when it goes on', async () => {
    const config = tinyConfig(root, {
      train: { epochs: 4 },
      optimizer: { learningRate: 0.02, ratePerImages: null },
    });
    expect(await perform(config, 'best', { stopAt: 7 })).toBeNull();
    const path = join(root, 'best/checkpoints/best.safetensors');
    const before = await readCheckpointMetadata(path);
    const summary = await perform(config, 'best', { resume: true });
    const { best } = await readCheckpointMetadata(path);
    expect(best?.score).toBeGreaterThanOrEqual(before.best?.score ?? 1);
    expect(best).toEqual({ step: summary?.best.step, score: summary?.best.top1 });
  });

  it('looks inside a network that only takes batches of its own size', async () => {
    const config = tinyConfig(root, {
      model: { recipe: 'mabn', normalization: { mabnForm: 'imagenet', mabnBuffer: 2, mabnBatch: 2 } },
      train: { epochs: 1 },
      evaluate: { inside: 'full' },
    });
    expect(await perform(config, 'mabn')).toMatchObject({ step: 3 });
    expect((await readInside(join(root, 'mabn/inside.jsonl'))).map(({ batchSize }) => batchSize)).toEqual([
      4, 4,
    ]);
  });

  it('has diverged, and no score, when its last update ruins the network', async () => {
    const optimizer = { learningRate: 1e30, ratePerImages: null };
    const config = tinyConfig(root, { optimizer, train: { epochs: 0.34 } });
    const failed = perform(config, 'diverged');
    await expect(failed).rejects.toThrow(DivergedError);
    await expect(failed).rejects.toThrow(/optimizer\.learningRate=3\.3e\+29/);
    expect(await readRunSummary(join(root, 'diverged/summary.json'))).toBeNull();
  });

  it.each([
    ['more images than there are', { train: { batchSize: 13 } }, /A step takes 13 images/],
    ['a recipe that there is not', { model: { recipe: 'xn' } }, /xn/],
    [
      'a depth that there is not',
      { model: { network: { name: 'cifar-resnet', depth: 9 } } },
      /got depth 9; give 6n \+ 2/,
    ],
    [
      'milestones closer than a step',
      { optimizer: { schedule: { name: 'step', milestones: [1, 1.01] } } },
      /milestones/,
    ],
    ['no weights', { model: { weights: 'none.safetensors' } }, /none\.safetensors cannot be read \(ENOENT\)/],
  ] as const satisfies readonly (readonly [string, object, RegExp])[])(
    'refuses %s before anything is written',
    async (_, over, message) => {
      await expect(perform(tinyConfig(root, over as ConfigInput), 'refused')).rejects.toThrow(message);
      await expect(RunFolder.open(join(root, 'refused'))).rejects.toThrow(/holds no run/);
    },
  );

  it('is not made over another, and does not go on where its configuration was changed', async () => {
    const config = tinyConfig(root);
    expect(await perform(config, 'taken', { stopAt: 2 })).toBeNull();
    await expect(perform(config, 'taken')).rejects.toThrow(/taken/);
    const path = join(root, 'taken/config.json');
    await writeFile(path, JSON.stringify(tinyConfig(root, { seed: 1 })));
    await expect(perform(config, 'taken', { resume: true })).rejects.toThrow(/another configuration/);
  });
});
