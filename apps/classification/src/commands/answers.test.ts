import { stoppingStream } from '@plumbline/test-support';
import { Progress } from '@plumbline/training';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunSummary } from '../results/run-summary.ts';
import { tinyConfig, tinyImages, writePicture } from '../testing/tiny-images.ts';
import { performRun } from '../training/run.ts';
import { evaluate } from './evaluate.ts';
import { predict } from './predict.ts';

let root = '';
let run = '';
let summary: RunSummary | null = null;
beforeAll(async () => {
  root = await tinyImages();
  run = join(root, 'run');
  const config = tinyConfig(root, { train: { epochs: 4, ema: 0.5 } });
  const { stream, signal } = stoppingStream(() => false);
  summary = await performRun({
    config,
    folder: run,
    resume: false,
    progress: new Progress({ stream }),
    signal,
  });
});
afterAll(() => rm(root, { recursive: true }));
const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
beforeEach(() => log.mockClear());

describe('evaluate', () => {
  it('gives the scores of the report', async () => {
    const out = join(root, 'scores.json');
    await evaluate({ run, out });
    const scores = JSON.parse(await readFile(out, 'utf8')) as Record<string, unknown>;
    expect(scores).toMatchObject({
      ...{ top1: summary?.top1, top5: null, crossEntropy: summary?.crossEntropy },
      classes: ['above', 'below'],
      confusion: [6, 0, 0, 6],
      protocol: '12 images of test; ResNet-8, wa+gn; evaluation on the centre 8²',
    });
    expect(log.mock.lastCall?.[0]).toMatch(/^100\.00 % top-1, cross-entropy 0\.\d{4}\n12 images of test/);
    await expect(evaluate({ run, out })).rejects.toThrow(/exists: choose another --out, or say --overwrite/);
    await evaluate({ run, out, overwrite: true, flip: true, checkpoint: 'best' });
    expect(await readFile(out, 'utf8')).toContain('with its mirror image');
  });

  it('scores other images of the same classes, and refuses others', async () => {
    const out = join(root, 'others.json');
    await evaluate({ run, data: join(root, 'train'), out });
    expect(await readFile(out, 'utf8')).toContain('12 images of train;');
    const other = join(root, 'other');
    await cp(join(root, 'test/above'), join(other, 'left'), { recursive: true });
    await cp(join(root, 'test/below'), join(other, 'right'), { recursive: true });
    await expect(evaluate({ run, data: other })).rejects.toThrow(/above/);
    await expect(evaluate({})).rejects.toThrow(/Name the network that answers/);
  });
});

describe('predict', () => {
  it('writes the likeliest classes of every image, each once', async () => {
    const out = join(root, 'predictions.csv');
    const file = join(root, 'test/below/3 .png');
    await predict([file, join(root, 'test/above'), file], { run, out, top: 2 });
    const [head, ...lines] = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(head).toBe('image,class,probability');
    expect(lines).toHaveLength(14);
    const cells = lines.map((line) => line.split(','));
    expect(cells.slice(0, 2).map(([path, name]) => [path, name])).toEqual([
      [file, 'below'],
      [file, 'above'],
    ]);
    for (let at = 0; at < cells.length; at += 2) {
      const [first, second] = [cells[at], cells[at + 1]].map((row) => Number(row?.[2]));
      expect(first).toBeGreaterThanOrEqual(second ?? 1);
      expect((first ?? 0) + (second ?? 0)).toBeCloseTo(1, 3);
      if (at > 0) expect(cells[at]?.[1]).toBe('above');
    }
    await expect(predict([file], { run, out })).rejects.toThrow(/exists: choose another --out/);
    await predict([file], { run, out, overwrite: true, checkpoint: 'best' });
    expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('brings photographs to the size of the images of a set in memory', async () => {
    const folder = join(root, 'photographs');
    await mkdir(folder);
    await writePicture(join(folder, 'large.png'), true, 0, 64);
    const cifar = join(root, 'cifar run');
    await cp(run, cifar, { recursive: true });
    const config = JSON.parse(await readFile(join(cifar, 'config.json'), 'utf8')) as Record<string, object>;
    const seen: string[] = [];
    for (const crop of ['random', 'none']) {
      const images = { ...config['images'], crop, cropSize: 32 };
      const dataset = { name: 'cifar10', root: 'none' };
      await writeFile(join(cifar, 'config.json'), JSON.stringify({ ...config, images, dataset }));
      const out = join(root, `${crop}.csv`);
      await predict([folder], { run: cifar, out });
      seen.push(await readFile(out, 'utf8'));
    }
    expect(seen[0]).toContain('large.png,');
    // The whole of a square and its centre are the same once it has the size, and not before.
    expect(seen[1]).toBe(seen[0]);
  });

  it('says what is missing', async () => {
    await expect(predict([], { run })).rejects.toThrow(/got no images/);
    await expect(predict([join(root, 'nothing')], { run })).rejects.toThrow(/There is no .*nothing/);
    const broken = join(root, 'broken.png');
    await writeFile(broken, 'no image');
    await expect(predict([broken], { run })).rejects.toThrow(/broken\.png/);
    await expect(predict([broken], {})).rejects.toThrow(/Name the network that answers/);
    await expect(predict([broken], { run, data: root })).rejects.toThrow(
      /own configuration: leave out --data/,
    );
    await expect(predict([broken], { run, recipe: 'bn' })).rejects.toThrow(/leave out --recipe/);
  });
});
