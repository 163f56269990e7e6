import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { constantSchedule } from './schedules.ts';
import { TinyLoader, tinyRun, tinyTensors } from './testing/tiny-run.ts';
import { trainLoop, type TrainLoopOptions, type TrainRecord } from './train-loop.ts';
import type { TinyBatch, TinyInputs } from './testing/tiny-run.ts';

interface Watched {
  options: TrainLoopOptions<TinyBatch, TinyInputs>;
  loader: TinyLoader;
  records: TrainRecord[];
  events: string[];
}

function watched(extra: Partial<TrainLoopOptions<TinyBatch, TinyInputs>> = {}): Watched {
  const { optimizer, forward } = tinyRun();
  const loader = new TinyLoader();
  const records: TrainRecord[] = [];
  const events: string[] = [];
  const options: TrainLoopOptions<TinyBatch, TinyInputs> = {
    batches: loader,
    tensors: tinyTensors,
    forward,
    imagesIn: () => 2,
    optimizer,
    schedule: constantSchedule(0.05),
    totalSteps: 7,
    logEvery: 3,
    log: (record) => void records.push(record),
    evaluateEvery: 3,
    evaluate: (step) => Promise.resolve(void events.push(`evaluate ${step}`)),
    checkpointEvery: 2,
    checkpoint: (step) => Promise.resolve(void events.push(`checkpoint ${step}`)),
    ...extra,
  };
  return { options, loader, records, events };
}

describe('trainLoop', () => {
  it('logs, evaluates and saves when due, and at the end once', async () => {
    const { options, loader, records, events } = watched();
    expect(await trainLoop(options)).toEqual({ step: 7, end: 'finished' });
    expect(records.map(({ step }) => step)).toEqual([3, 6, 7]);
    expect(events).toEqual([
      'checkpoint 2',
      'evaluate 3',
      'checkpoint 4',
      'evaluate 6',
      'checkpoint 6',
      'evaluate 7',
      'checkpoint 7',
    ]);
    expect(loader).toMatchObject({ taken: 7, isClosed: true });
    expect(records[2]?.loss).toBeLessThan(records[0]?.loss ?? 0);
    expect(records[2]).toMatchObject({ etaSeconds: 0, totalSteps: 7, learningRate: 0.05 });
  });

  it('says how much memory the process takes, and took at most', async () => {
    const maxRSS = 2 ** 40;
    vi.spyOn(process, 'resourceUsage').mockReturnValue({ ...process.resourceUsage(), maxRSS });
    const { options, records } = watched({ totalSteps: 1 });
    await trainLoop(options);
    expect(records[0]?.peakRssBytes).toBe(2 ** 50);
    expect(records[0]?.rssBytes).toBeGreaterThan(1e7);
    vi.restoreAllMocks();
  });

  it('keeps no tensor from step to step', async () => {
    const { options } = watched({ accumulate: 2, clipNorm: 1 });
    const counts: number[] = [];
    await trainLoop({ ...options, log: ({ tensors }) => void counts.push(tensors) });
    expect(new Set(counts).size).toBe(1);
  });

  it('stops after the step in progress when asked to, with a checkpoint', async () => {
    const controller = new AbortController();
    const { options, loader, events } = watched({ signal: controller.signal });
    const forward = (batch: TinyInputs): ReturnType<typeof options.forward> => {
      if (batch.index === 4) controller.abort();
      return options.forward(batch);
    };
    expect(await trainLoop({ ...options, forward })).toEqual({ step: 5, end: 'stopped' });
    expect(events.at(-1)).toBe('checkpoint 5');
    expect(loader.isClosed).toBe(true);
  });

  it('leaves something to resume even when stopped before its first step', async () => {
    const { options, events } = watched({ signal: AbortSignal.abort() });
    expect(await trainLoop(options)).toEqual({ step: 0, end: 'stopped' });
    expect(events).toEqual(['checkpoint 0']);
  });

  it('lets timers and signals in while it runs', async () => {
    const controller = new AbortController();
    const { options } = watched({ totalSteps: 1_000_000, signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    expect((await trainLoop(options)).end).toBe('stopped');
  });

  it('ends with one sentence when the loss is no number, and saves nothing then', async () => {
    const { options, events } = watched({ logEvery: 100 });
    const forward = (batch: TinyInputs): ReturnType<typeof options.forward> => {
      const result = options.forward(batch);
      return batch.index < 4 ? result : { ...result, loss: tf.div(result.loss, 0) };
    };
    await expect(trainLoop({ ...options, forward })).rejects.toThrow(
      /^The loss of step 5 is Infinity at learning rate 0\.0500: start again with/,
    );
    expect(events).toEqual(['checkpoint 2', 'evaluate 3', 'checkpoint 4']);
  });

  it('saves the steps that are done before it passes on what a loader or an evaluation threw', async () => {
    const failing = (message: string) => (): Promise<never> => Promise.reject(new Error(message));
    const evaluation = watched({ evaluate: failing('a bad mask') });
    await expect(trainLoop(evaluation.options)).rejects.toThrow('a bad mask');
    expect(evaluation.events).toEqual(['checkpoint 2', 'checkpoint 3']);

    const loader = new TinyLoader();
    const truncated = async function* (): AsyncGenerator<TinyBatch> {
      for await (const batch of loader) {
        if (batch.index === 5) throw new Error('a bad image');
        yield batch;
      }
    };
    const data = watched({ batches: truncated() });
    await expect(trainLoop(data.options)).rejects.toThrow('a bad image');
    expect(data.events.at(-1)).toBe('checkpoint 5');

    const fullDisk = watched({ evaluate: failing('a bad mask'), checkpoint: failing('a full disk') });
    await expect(trainLoop({ ...fullDisk.options, checkpointEvery: 100 })).rejects.toThrow('a bad mask');
  });

  it('notices a trainable weight that the loss does not reach', async () => {
    const { options } = watched();
    const body = options.optimizer.variables[0] as tf.Tensor;
    const forward = (): ReturnType<typeof options.forward> => ({
      loss: tf.mean<tf.Scalar>(tf.square(body)),
      weight: tf.scalar(1),
    });
    await expect(trainLoop({ ...options, forward })).rejects.toThrow(
      /does not depend on 3 of the trainable weights \(body\/bias, head\/kernel, head\/bias\)/,
    );
  });

  it('refuses a loader that ends and counts that make no sense', async () => {
    const finite = { [Symbol.asyncIterator]: () => [{ index: 0 }][Symbol.iterator]() as never };
    await expect(trainLoop(watched({ batches: finite }).options)).rejects.toThrow(/ran out of batches/);
    await expect(trainLoop(watched({ accumulate: 0 }).options)).rejects.toThrow(/accumulate must be a whole/);
  });
});
