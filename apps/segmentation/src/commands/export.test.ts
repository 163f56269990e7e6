import { canRunSavedModels, tf } from '@plumbline/runtime';
import { RunFolder, saveCheckpoint } from '@plumbline/training';
import { mkdtemp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildModel } from '../network/build-model.ts';
import type { ExportMetadata } from '../export/export-metadata.ts';
import { openExported } from '../export/load-exported.ts';
import { loadConfig } from '../config/load-config.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { exportModel, type ExportArguments } from './export.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-export-'));
});
afterAll(() => rm(folder, { recursive: true }));
let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const SMALL = [
  ...TINY,
  `data.root=${SAMPLE}`,
  'model.backbone=mobilenetv2',
  'model.width=0.1',
  'model.poolingNorm=none',
];

/** A run that holds a network with this recipe and random weights. */
async function runOf(recipe: string, set: readonly string[] = []): Promise<string> {
  const run = await mkdtemp(join(folder, 'run-'));
  const config = await loadConfig({ set: [...SMALL, `model.recipe=${recipe}`, 'model.groups=2', ...set] });
  const made = await RunFolder.create(run, config, {});
  await saveCheckpoint(
    made.lastCheckpoint,
    { model: buildModel(config, 21) },
    { step: 3, position: 3, seed: 0, best: null, config: '' },
  );
  return run;
}

const options = (run: string, out: string, more: Partial<ExportArguments> = {}): ExportArguments => ({
  run,
  checkpoint: 'last',
  out: join(folder, out),
  format: ['layers'],
  precision: 'float32',
  input: 'pixels',
  images: 2,
  ...more,
});

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe('export', () => {
  it.each(['wa+gn', 'bn', 'ws+gn', 'brn', 'none'])(
    'writes a network with %s that does what the run does',
    async (recipe) => {
      const formats = canRunSavedModels() ? (['layers', 'saved-model'] as const) : (['layers'] as const);
      const out = join(folder, `out-${recipe}`);
      await exportModel(options(await runOf(recipe), `out-${recipe}`, { format: [...formats] }));
      expect((await readdir(out)).sort()).toEqual(['export.json', 'labels.json', ...formats].sort());
      const report = (await readJson(join(out, 'export.json'))) as {
        formats: { maxDifference: number; agreement: number; images: number }[];
      };
      for (const { maxDifference, agreement, images } of report.formats) {
        expect(maxDifference).toBeLessThan(1e-3);
        expect(agreement).toBeGreaterThan(0.999);
        expect(images).toBe(2);
      }
      expect(printed.filter((line) => /float32, \d+\.\d\d MB; largest difference/.test(line))).toHaveLength(
        formats.length,
      );
    },
  );

  it('says in the files what a program must know', async () => {
    const run = await runOf('bn');
    await exportModel(options(run, 'about', { size: 65 }));
    const labels = (await readJson(join(folder, 'about/labels.json'))) as ExportMetadata;
    expect(labels.classes).toHaveLength(21);
    expect(labels.classes[15]).toEqual({ name: 'person', color: [192, 128, 128] });
    expect(labels.input).toEqual({
      size: 65,
      values: 'pixels',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      longSide: 40,
      padding: [0.485 * 255, 0.456 * 255, 0.406 * 255],
    });
    expect(labels.network).toEqual({ run: run.slice(folder.length + 1), checkpoint: 'last', step: 3 });
    const model = (await readJson(join(folder, 'about/layers/model.json'))) as {
      userDefinedMetadata: unknown;
    };
    expect(model.userDefinedMetadata).toEqual(labels);
    const loaded = await openExported('layers', join(folder, 'about/layers'));
    expect(loaded.predict(tf.zeros([1, 65, 65, 3])).shape).toEqual([1, 65, 65, 21]);
    loaded.dispose();
  });

  it('stores fewer bits', async () => {
    const run = await runOf('bn');
    const bytes: number[] = [];
    for (const precision of ['float32', 'float16', 'uint8'] as const) {
      // A network that has learned nothing is undecided between classes.
      await exportModel(options(run, precision, { precision, minAgreement: 0, input: 'normalized' }));
      const file = await readFile(join(folder, precision, 'layers/group1-shard1of1.bin'));
      bytes.push(file.length);
    }
    const [full = 0, half = 0, quarter = 0] = bytes;
    expect(half).toBeLessThan(0.6 * full);
    expect(quarter).toBeLessThan(half);
  });

  it('leaves nothing when the exported model is not the network', async () => {
    const run = await runOf('bn');
    const refused = options(run, 'refused', { precision: 'float16', maxDifference: 1e-9 });
    await expect(exportModel(refused)).rejects.toThrow(
      /^The exported layers model in float16 is not the network: largest difference .* on 2 val images, wanted at most 1e-9 \(--max-difference\) and at least 99\.900 % \(--min-agreement\); nothing was written\. Export with more bits/,
    );
    const left = (await readdir(folder)).filter((name) => name.includes('refused'));
    expect(left).toEqual([]);
  });

  it('replaces a folder only when told to, and only by a model that was checked', async () => {
    const run = await runOf('bn');
    const out = join(folder, 'used');
    await mkdir(out);
    await writeFile(join(out, 'mine.txt'), 'mine');
    await expect(exportModel(options(run, 'used'))).rejects.toThrow(
      /used holds files already \(mine\.txt\): choose another folder for --out, or add --overwrite\.$/,
    );
    await expect(exportModel(options(run, 'used', { overwrite: true }))).rejects.toThrow(
      /used holds files that are of no export \(mine\.txt\), and --overwrite would remove them/,
    );
    expect(await readdir(out)).toEqual(['mine.txt']);
    await expect(exportModel(options(run, 'used/mine.txt'))).rejects.toThrow(
      /mine\.txt cannot be used as a folder \(ENOTDIR\): choose another one for --out\.$/,
    );
    await rename(join(out, 'mine.txt'), join(out, 'labels.json'));
    const failing = options(run, 'used', { overwrite: true, precision: 'float16', maxDifference: 0 });
    await expect(exportModel(failing)).rejects.toThrow(/is not the network/);
    expect(await readdir(out)).toEqual(['labels.json']);
    await exportModel(options(run, 'used', { overwrite: true }));
    expect((await readdir(out)).sort()).toEqual(['export.json', 'labels.json', 'layers']);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('refuses what stock layers cannot compute, naming the recipe', async () => {
    await expect(exportModel(options(await runOf('evos0'), 'evos0'))).rejects.toThrow(
      /^The network with recipe evos0 cannot be exported at size 49: Layer "backbone\.features\.0\.1" \(EvoNormS0\) cannot be exported: /,
    );
  });

  it('asks for a size where the configuration has none', async () => {
    const run = await runOf('bn', ['evaluate.size=null']);
    await expect(exportModel(options(run, 'sizeless'))).rejects.toThrow(/say with --size how many pixels/);
  });

  it.runIf(!canRunSavedModels())('refuses a SavedModel that it cannot check', async () => {
    await expect(exportModel(options('nowhere', 'unchecked', { format: ['saved-model'] }))).rejects.toThrow(
      /can be checked, and so exported, on the native backend only/,
    );
  });
});
