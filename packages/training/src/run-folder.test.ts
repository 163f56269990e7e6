import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from './run-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(root, { recursive: true }));

const create = (): Promise<RunFolder> => RunFolder.create(join(root, 'run'), { seed: 1 }, { node: '22' });
const atStep = (step: number) => (): Promise<number> => Promise.resolve(step);

describe('RunFolder', () => {
  it('keeps configuration and environment', async () => {
    const folder = await create();
    expect(await folder.readConfig()).toEqual({ seed: 1 });
    expect(JSON.parse(await readFile(folder.file('environment.json'), 'utf8'))).toEqual({ node: '22' });
  });

  it('never starts a run in the folder of another', async () => {
    const folder = await create();
    await expect(create()).rejects.toThrow(/holds an unfinished run: resume it, or choose/);
    await folder.finish({ meanIoU: 0.5 });
    await expect(create()).rejects.toThrow(/holds a finished run: choose/);
    await expect(RunFolder.resume(folder.path, atStep(1))).rejects.toThrow(/is finished/);
  });

  it('keeps away from a folder of other files, but takes one whose creation was cut short', async () => {
    await writeFile(join(root, 'thesis.tex'), '');
    await expect(RunFolder.create(root, {}, {})).rejects.toThrow(
      /holds other files \(thesis\.tex\): choose a new/,
    );
    const folder = await create();
    await rm(folder.file('config.json'));
    expect(await (await create()).readConfig()).toEqual({ seed: 1 });
  });

  it('begins a run without a checkpoint anew', async () => {
    const folder = await create();
    await folder.appendMetrics({ kind: 'train', step: 3 });
    const resumed = await RunFolder.resume(folder.path, atStep(99));
    expect(await resumed.readMetrics()).toEqual([]);
  });

  it('resumes at the checkpoint: later and torn lines of metrics are forgotten', async () => {
    const folder = await create();
    for (const step of [10, 20, 30]) await folder.appendMetrics({ kind: 'train', step, loss: 1 / step });
    await appendFile(folder.file('metrics.jsonl'), '{"kind":"train","st');
    await writeFile(folder.lastCheckpoint, '');
    const resumed = await RunFolder.resume(folder.path, atStep(20));
    expect((await resumed.readMetrics()).map(({ step }) => step)).toEqual([10, 20]);
    await resumed.appendMetrics({ kind: 'train', step: 30 });
    expect((await readFile(folder.file('metrics.jsonl'), 'utf8')).split('\n')).toHaveLength(4);
  });

  it('says what is missing', async () => {
    await expect(RunFolder.open(join(root, 'nothing'))).rejects.toThrow(/holds no run/);
    const folder = await create();
    await writeFile(folder.file('metrics.jsonl'), 'x\n{"kind":"train","step":1}\n');
    await expect(folder.readMetrics()).rejects.toThrow(/Line 1 of .*metrics\.jsonl is not JSON/);
  });

  it('says in one sentence that it cannot be written', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(RunFolder.create(join(root, 'file', 'run'), {}, {})).rejects.toThrow(
      /^Could not write .*run.*: a part of the path is a file/,
    );
  });
});
