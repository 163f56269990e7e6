// The promise of a checkpoint: a run that was interrupted and resumed is bit for bit the run that was not.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { namedVariables } from './named-variables.ts';
import { polySchedule } from './schedules.ts';
import { TinyLoader, tinyTensors, tinyRun, type TinyRun } from './testing/tiny-run.ts';
import { trainLoop } from './train-loop.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

const totalSteps = 6;
const schedule = polySchedule({ learningRate: 0.05, totalSteps });

function bits({ model, optimizer, state }: TinyRun): Record<string, string> {
  const all = [...namedVariables(model), ...optimizer.state(), ...state];
  return Object.fromEntries(
    all.map(({ name, variable }) => {
      const data = variable.dataSync();
      return [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')];
    }),
  );
}

const train = (run: TinyRun, accumulate: number, from: number, to: number): Promise<unknown> =>
  trainLoop({
    batches: new TinyLoader(from * accumulate),
    tensors: tinyTensors,
    forward: run.forward,
    imagesIn: () => 2,
    optimizer: run.optimizer,
    schedule,
    startStep: from,
    totalSteps: to,
    accumulate,
    clipNorm: 1,
    logEvery: 2,
  });

it.each([1, 3])('restores a run bit by bit, with %i micro-batches a step', async (accumulate) => {
  const straight = tinyRun();
  await train(straight, accumulate, 0, totalSteps);

  const path = join(folder, 'last.safetensors');
  const first = tinyRun();
  await train(first, accumulate, 0, 3);
  const metadata = { step: 3, position: 3 * accumulate, seed: 1, best: null, config: 'abc' };
  await saveCheckpoint(path, first, metadata);

  const second = tinyRun();
  expect(await loadCheckpoint(path, second)).toEqual(metadata);
  expect(bits(second)).toEqual(bits(first));
  await train(second, accumulate, 3, totalSteps);

  expect(bits(second)).toEqual(bits(straight));
  expect(Object.keys(bits(straight))).toHaveLength(4 + 4 + 1);
  expect(bits(first)).not.toEqual(bits(straight));
});
