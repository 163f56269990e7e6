import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapturedStep } from '@plumbline/runtime/capture';
import { classificationLoss, groupsOf, namedVariables, Sgd, single, trainStep } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { insideLine, readInside, type InsideRecord } from './inside-record.ts';
import { measureInside } from './measure-inside.ts';
import { recipes, stateOf, tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

/** A type, so that a captured step takes it for a container of tensors. */
type StepBatch = { images: tf.Tensor4D; labels: tf.Tensor1D };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inside-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  tf.disposeVariables();
  vi.restoreAllMocks();
});

const measured = (recipe: string, step = 0): Promise<InsideRecord> =>
  measureInside({ model: tinyNetwork(recipe), ...tinyBatch(2, 1), learningRate: 0.1, step });

describe('a look inside', () => {
  it.each(recipes)('of %s leaves the model as it was, and no tensors', async (recipe) => {
    const warning = vi.spyOn(console, 'warn').mockReturnValue();
    const model = tinyNetwork(recipe);
    const batch = tinyBatch(2, 1);
    const before = stateOf(model);
    const look = (): Promise<InsideRecord> => measureInside({ model, ...batch, learningRate: 0.1, step: 7 });
    expect(await tensorsLeftBy(look)).toBe(0);
    const record = await look();
    expect(stateOf(model)).toEqual(before);
    expect(record).toMatchObject({ step: 7, batchSize: 2, learningRate: 0.1 });
    expect(record.loss).toBeGreaterThan(0);
    const layersOf = (values: readonly { layer: string }[]): string[] => values.map(({ layer }) => layer);
    expect(layersOf(record.activations)).toEqual(['conv1', 'relu1', 'conv2', 'add', 'relu2']);
    expect(layersOf(record.gradients)).toEqual(['conv1', 'conv2', 'fc']);
    expect(layersOf(record.shifts)).toEqual(['conv1', 'conv2']);
    expect(layersOf(record.rates.layers)).toEqual(['conv1', 'conv2']);
    expect(warning).not.toHaveBeenCalled();
  });

  it('disturbs no training: the next step is the same as without it', async () => {
    for (const recipe of ['bn', 'mabn', 'bkn']) {
      const [model, same] = [tinyNetwork(recipe), tinyNetwork(recipe)];
      const batch = tinyBatch(2, 1);
      await measureInside({ model, ...batch, learningRate: 0.1, step: 0 });
      const [logits, expected] = [model, same].map((one) =>
        (one.apply(batch.images, { training: true }) as tf.Tensor).arraySync(),
      );
      expect(logits).toEqual(expected);
      expect(stateOf(model)).toEqual(stateOf(same));
    }
  });
});

describe('a look inside between captured steps', () => {
  /** The state after four steps, of a graph where the backend has them, with a look after each or without. */
  async function trained(recipe: string, looks: boolean): Promise<Record<string, number[]>> {
    const model = tinyNetwork(recipe);
    const optimizer = new Sgd({ groups: groupsOf({ parameters: namedVariables(model) }) });
    const forward = ({ images, labels }: StepBatch): ReturnType<typeof classificationLoss> =>
      classificationLoss(model.apply(images, { training: true }) as tf.Tensor2D, labels);
    const step = new CapturedStep(trainStep({ updates: [{ forward, optimizer }], communicator: single }));
    for (let i = 0; i < 4; i++) {
      const microBatches: StepBatch[] = [{ ...tinyBatch(2, i + 1) }];
      const { losses, terms } = step.run({ microBatches, learningRate: tf.scalar(0.1) });
      tf.dispose([losses, terms]);
      if (looks) await measureInside({ model, ...tinyBatch(3, 9), learningRate: 0.1, step: i });
    }
    const state = stateOf(model);
    step.dispose();
    optimizer.dispose();
    return state;
  }

  it.each(['bn', 'wa+gn', 'mabn', 'bkn'])('of %s changes nothing in them', async (recipe) => {
    expect(await trained(recipe, true)).toEqual(await trained(recipe, false));
  });
});

describe('inside.jsonl', () => {
  it('gives back what was written, to six digits, in the order of steps', async () => {
    const path = join(folder, 'inside.jsonl');
    const [first, later] = [await measured('bn'), await measured('wa', 20)];
    await writeFile(path, insideLine(first) + insideLine(later));
    const read = await readInside(path);
    expect(read.map(({ step }) => step)).toEqual([0, 20]);
    expect(read[0]?.loss).toBeCloseTo(first.loss, 5);
    expect(read[0]?.activations.map(({ layer }) => layer)).toEqual(
      first.activations.map(({ layer }) => layer),
    );
    expect(read[1]?.rates.allFilters?.median).toBeCloseTo(later.rates.allFilters?.median ?? NaN, 5);
    expect(insideLine(first).length).toBeLessThan(3000);
  });

  it('has what is not a number as such', async () => {
    const path = join(folder, 'diverged.jsonl');
    await writeFile(path, insideLine({ ...(await measured('bn')), loss: Infinity }));
    expect((await readInside(path))[0]?.loss).toBeNaN();
  });

  it('counts the later of two records of a step, and leaves out a last line that was cut short', async () => {
    const path = join(folder, 'resumed.jsonl');
    const record = await measured('bn', 20);
    const line = (loss: number): string => insideLine({ ...record, loss });
    await writeFile(path, line(1) + line(2) + line(3).slice(0, 40));
    expect((await readInside(path)).map(({ loss }) => loss)).toEqual([2]);
  });

  it('is empty where there is none, and refuses a line that is no record', async () => {
    expect(await readInside(join(folder, 'none.jsonl'))).toEqual([]);
    const path = join(folder, 'wrong.jsonl');
    await writeFile(path, `{"step":1}\n${insideLine(await measured('bn'))}`);
    await expect(readInside(path)).rejects.toThrow(/Line 1 of .*wrong\.jsonl is no measurement/);
  });
});
