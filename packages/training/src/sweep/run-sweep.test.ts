import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DivergedError } from '../loss-window.ts';
import { Progress } from '../progress.ts';
import { RunFolder } from '../run-folder.ts';
import type { TrainRecord } from '../train-loop.ts';
import { runSweep, type RunSweepOptions } from './run-sweep.ts';
import type { SweepCell } from './sweep-cell.ts';
import { SweepFolder, type SweepPlan } from './sweep-folder.ts';

interface Cell extends SweepCell<{ rate: number }> {
  readonly name: string;
}

const cellOf = (id: string, rate = 1): Cell => ({ id, name: `run ${id}`, config: { rate } });

const LAST_STEP: TrainRecord = {
  ...{ step: 1e6, totalSteps: 1e6, loss: 1, terms: {}, learningRate: 0, dataSeconds: 0, stepSeconds: 0.1 },
  ...{
    imagesPerSecond: 10,
    etaSeconds: 0,
    rssBytes: 0,
    peakRssBytes: 0,
    tensorBytes: 0,
    tensors: 0,
    seconds: 10,
  },
};

let path = '';
let said: string[] = [];
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'plumbline-'));
  said = [];
});
afterEach(() => rm(path, { recursive: true }));

function folderOf(): SweepFolder<SweepPlan> {
  return new SweepFolder({ path, words: { sweep: 'sweep', plan: 'plan' }, validate: (tree) => tree });
}

type Options = RunSweepOptions<Cell, number>;

/** Runs that give their number of letters, unless `over` says otherwise. */
function optionsOf(cells: readonly Cell[], over: Partial<Options> = {}): Options {
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk).trim());
      done();
    },
  });
  return {
    cells,
    folder: folderOf(),
    signal: new AbortController().signal,
    progress: new Progress({ stream, interval: 0 }),
    describe: ({ name }) => name,
    refusal: () => null,
    run: async ({ cell, folder }) => {
      const run = await RunFolder.create(folder, cell.config, {});
      await run.finish({});
      return cell.id.length;
    },
    describeResult: (result) => `scored ${result}`,
    work: () => 1,
    logEvery: () => 1,
    onRun: () => Promise.resolve(),
    ...over,
  };
}

it('makes every run once, and records why one has no result', async () => {
  const cells = [cellOf('a'), cellOf('no'), cellOf('nan'), cellOf('refused'), cellOf('b')];
  let written = 0;
  const options = optionsOf(cells, {
    refusal: ({ id }) => (id === 'no' ? { kind: 'not applicable', reason: 'It has no batch norm.' } : null),
    run: async (run) => {
      if (run.cell.id === 'refused') throw new Error('There is no recipe.\nTry another.');
      if (run.cell.id !== 'nan') return optionsOf(cells).run(run);
      await RunFolder.create(run.folder, {}, {});
      throw new DivergedError('The loss of step 3 is NaN.\nHere that is …');
    },
    onRun: () => Promise.resolve(void written++),
  });
  await options.folder.begin({ cells });
  expect(await runSweep(options)).toBe(true);
  expect(await options.folder.failures()).toEqual({
    no: { kind: 'not applicable', reason: 'It has no batch norm.' },
    nan: { kind: 'diverged', reason: 'The loss of step 3 is NaN.' },
    refused: { kind: 'refused', reason: 'There is no recipe.' },
  });
  expect(written).toBe(5);
  expect(said[0]).toBe('run 1 of 5: run a');
  expect(said[1]).toMatch(/^run 1 of 5: scored 1; \d+s$/);
  const made = said.length;
  expect(await runSweep(options)).toBe(true);
  expect(said).toHaveLength(made);
  // What failed is tried again once it is forgotten.
  await options.folder.forgetFailures();
  const refused = { ...options, run: () => Promise.resolve(null) };
  expect(await runSweep(refused)).toBe(false);
  expect(await readdir(join(path, 'claims'))).toEqual([]);
});

it('stops where the signal says so, and goes on with the run that was stopped', async () => {
  const cells = [cellOf('a'), cellOf('b')];
  const controller = new AbortController();
  const stopped = optionsOf(cells, {
    signal: controller.signal,
    run: async ({ cell, folder }) => {
      await RunFolder.create(folder, cell.config, {});
      controller.abort();
      controller.signal.throwIfAborted();
      return 0;
    },
  });
  await stopped.folder.begin({ cells });
  expect(await runSweep(stopped)).toBe(false);
  const resumed: [string, boolean][] = [];
  await runSweep(
    optionsOf(cells, {
      run: ({ cell, resume }) => {
        resumed.push([cell.id, resume]);
        return Promise.resolve(1);
      },
    }),
  );
  expect(resumed).toEqual([
    ['a', true],
    ['b', false],
  ]);
  expect(said.join('\n')).toContain('run 1 of 2: run a, going on');
});

it('passes on what would stop every run', async () => {
  const options = optionsOf([cellOf('a')], {
    run: async ({ cell, folder }) => {
      await RunFolder.create(folder, cell.config, {});
      throw new Error('The disk is full.');
    },
  });
  await expect(runSweep(options)).rejects.toThrow('The disk is full.');
  expect(await options.folder.failures()).toEqual({});
});

it('leaves a run to the process that works on it', async () => {
  const cells = [cellOf('a'), cellOf('b')];
  const options = optionsOf(cells, {
    run: (run) => {
      run.progress.update(LAST_STEP);
      return optionsOf(cells).run(run);
    },
  });
  await options.folder.claim('a');
  await writeFile(
    join(path, 'claims/a.json'),
    JSON.stringify({ process: process.ppid, machine: hostname() }),
  );
  expect(await runSweep(options)).toBe(true);
  expect(await options.folder.hasFinished('a')).toBe(false);
  expect(await options.folder.hasFinished('b')).toBe(true);
  expect(said.at(-1)).toBe('1 run is left to other processes, which work on this sweep too.');
  expect(said.join('\n')).toContain('run 2 of 2 (ETA 0s)');
});

it('lets two processes share a sweep, each run made by one of them', async () => {
  const source = (name: string): string => JSON.stringify(new URL(`./${name}`, import.meta.url).href);
  // Either waits in its first run until the other is in one too: a sweep of one process would never end.
  const code = `
    const { runSweep } = await import(${source('run-sweep.ts')});
    const { SweepFolder } = await import(${source('sweep-folder.ts')});
    const { RunFolder } = await import(${source('../run-folder.ts')});
    const { Progress } = await import(${source('../progress.ts')});
    const { appendFile, readFile } = await import('node:fs/promises');
    const at = ${JSON.stringify(path)};
    const cells = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, config: {} }));
    const folder = new SweepFolder({ path: at, words: { sweep: 'sweep', plan: 'plan' }, validate: (tree) => tree });
    await folder.begin({ cells });
    const workers = async () => new Set((await readFile(at + '/log', 'utf8')).trim().split('\\n').map((line) => line.split(' ')[0]));
    const isDone = await runSweep({
      cells, folder, signal: new AbortController().signal, progress: new Progress(),
      describe: ({ id }) => id, refusal: () => null, describeResult: String, work: () => 1, logEvery: () => 1,
      onRun: () => appendFile(at + '/results', 'x'),
      run: async ({ cell, folder: run }) => {
        await appendFile(at + '/log', process.pid + ' ' + cell.id + '\\n');
        while ((await workers()).size < 2) await new Promise((go) => setTimeout(go, 10));
        await (await RunFolder.create(run, cell.config, {})).finish({});
        return 1;
      },
    });
    process.exitCode = isDone ? 0 : 1;`;
  const flags = ['--conditions=@plumbline/source', '--import', 'tsx', '--input-type=module', '-e', code];
  const processes = [1, 2].map(() => spawn(process.execPath, flags, { stdio: 'ignore' }));
  try {
    const ends = await Promise.all(processes.map((one) => once(one, 'exit')));
    expect(ends.map(([exitCode]) => exitCode as number)).toEqual([0, 0]);
  } finally {
    for (const one of processes) one.kill('SIGKILL');
  }
  const lines = (await readFile(join(path, 'log'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => line.split(' ')[1]).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await readFile(join(path, 'results'), 'utf8')).toBe('xxxxx');
  expect(await readdir(join(path, 'claims'))).toEqual([]);
});
