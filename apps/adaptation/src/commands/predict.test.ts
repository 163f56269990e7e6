import { Progress } from '@plumbline/training';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, tinyTask } from '../testing/tiny-task.ts';
import { performRun } from '../training/run.ts';
import { predict } from './predict.ts';

let root = '';
let run = '';
beforeAll(async () => {
  root = await tinyTask();
  run = join(root, 'run');
  // AdaBN leaves its network in `best`, and TENT would answer by its own way.
  const config = tinyConfig(root, {
    method: { name: 'adabn' },
    model: { recipe: 'bn' },
    train: { steps: 20 },
  });
  const signal = new AbortController().signal;
  await performRun({ config, folder: run, resume: false, progress: new Progress(), signal });
});
afterAll(() => rm(root, { recursive: true }));

describe('predict', () => {
  it('writes the class of every image of files and folders, each once', async () => {
    const out = join(root, 'predictions.csv');
    const folder = join(root, 'source/above');
    const file = join(root, 'source/below/3 .png');
    await predict([file, folder, file], { run, out });
    const [head, first, ...others] = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(head).toBe('image,class,probability');
    expect(first?.startsWith(`${file},`)).toBe(true);
    expect(others).toHaveLength(12);
    for (const line of others) {
      const [path, name, probability] = line.split(',');
      expect(path).toContain(folder);
      expect(['above', 'below']).toContain(name);
      expect(Number(probability)).toBeGreaterThanOrEqual(0.5);
      expect(Number(probability)).toBeLessThanOrEqual(1);
    }
    await expect(predict([file], { run, out })).rejects.toThrow(
      /exists: choose another --out, or say --overwrite/,
    );
    await predict([file], { run, out, overwrite: true });
    expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('says what is missing', async () => {
    await expect(predict([], { run })).rejects.toThrow(/got no images/);
    const broken = join(root, 'broken.png');
    await writeFile(broken, 'no image');
    await expect(predict([broken], { run })).rejects.toThrow(/broken\.png/);
    await rm(join(run, 'labels.json'));
    await expect(predict([broken], { run })).rejects.toThrow(/labels\.json does not say which classes/);
  });
});
