/** `train --resume` and `--run` from the command line: which run they mean, and which they leave alone. */
import { RunFolder } from '@plumbline/training';
import { describeBackend, environmentReport } from '@plumbline/runtime';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'apps/segmentation/src/main.ts');
const PROGRAM = ['--conditions=@plumbline/source', '--import', import.meta.resolve('tsx'), MAIN];
/** All that is not a default in the smallest run there is. */
const CONFIG = {
  data: { root: join(ROOT, 'data/sample/VOC2012'), baseSize: 40, trainLimit: 4, valLimit: 1, workers: 0 },
  augment: { cropSize: 33 },
  model: { depth: 18, outputStride: 32, headChannels: 8, atrousRates: [1] },
  optimizer: { momentum: 0 },
  train: { steps: 1, logEvery: 1 },
  evaluate: { size: 49, pictures: 0 },
};

interface Finished {
  code: number;
  out: string;
  /** The last line of standard error: what is said when something is wrong. */
  complaint: string;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-resume-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program in `folder`, whose runs lie in `runs`. */
const segmentation = (...args: string[]): Promise<Finished> =>
  new Promise((resolve) => {
    const env = { ...process.env, PLUMBLINE_BACKEND: describeBackend().name };
    execFile(process.execPath, [...PROGRAM, ...args], { cwd: folder, env }, (error, out, err) => {
      const complaint = err.trim().split('\n').at(-1) ?? '';
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, complaint });
    });
  });

/** A run begun by hand, as a version without most of the options would have, so many minutes ago. */
async function begun(name: string, minutesAgo: number): Promise<RunFolder> {
  const environment = { ...environmentReport(), gitCommit: null, startedAt: new Date(0).toISOString() };
  const run = await RunFolder.create(join(folder, 'runs', name), CONFIG, environment);
  const then = new Date(Date.now() - minutesAgo * 60_000);
  await utimes(run.file('config.json'), then, then);
  return run;
}

it('takes up the latest run that was stopped, to its end, and leaves the finished ones alone', async () => {
  const none = segmentation('train', '--resume');
  const mixed = segmentation('train', '--resume', '--set', 'seed=1');
  const swallowed = segmentation('train', '--run', '--preset=quick');
  expect(await none).toMatchObject({
    code: 1,
    complaint:
      'There is no unfinished run under runs: name the folder of one that lies elsewhere, or start a new one without --resume.',
  });
  expect(await mixed).toMatchObject({
    code: 1,
    complaint: `--resume goes on with the run's own configuration: leave out --set, or start a new run.`,
  });
  expect(await swallowed).toMatchObject({
    code: 1,
    complaint: '--run got --preset=quick, which is another flag: give it a value (--run <folder>).',
  });
  expect(await readdir(folder)).toEqual([]);

  await begun('old', 600);
  const latest = await begun('latest', 30);
  const finished = await begun('finished', 20);
  await finished.finish({});
  const busy = await begun('busy', 10);
  await writeFile(busy.file('running.json'), JSON.stringify({ process: process.pid, machine: hostname() }));

  const resumed = await segmentation('train', '--resume');
  expect(resumed.code, resumed.complaint).toBe(0);
  expect(resumed.out).toContain('Going on with runs/latest, last written to 30m');
  expect(resumed.out).toMatch(/The run is older than some options; .* and \d+ more\./);
  expect(await latest.isFinished()).toBe(true);
  expect(await readdir(join(folder, 'runs', 'old'))).not.toContain('metrics.jsonl');

  const [again, over] = await Promise.all([
    segmentation('train', '--resume', 'runs/latest'),
    segmentation('train', '--preset', 'quick', '--run', 'runs/latest'),
  ]);
  expect(again).toMatchObject({
    code: 1,
    complaint: `The run in ${latest.path} is finished: start a new one in another folder to train longer.`,
  });
  expect(over).toMatchObject({
    code: 1,
    complaint: `${latest.path} holds a finished run: choose another run folder.`,
  });
}, 240_000);
