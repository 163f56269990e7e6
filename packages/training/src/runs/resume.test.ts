import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DivergedError } from '../loss-window.ts';
import { RunFolder } from '../run-folder.ts';
import {
  addedOptions,
  describeAddedOptions,
  latestUnfinished,
  refuseBesideResume,
  withWayBack,
} from './resume.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('addedOptions', () => {
  it('names every option that config.json does not know, with what it is', () => {
    const config = { seed: 1, model: { depth: 18, rates: [6], list: { train: null } }, loss: { kind: 'ce' } };
    expect(addedOptions({ seed: 2, model: { depth: 50 } }, config)).toEqual([
      'model.rates=[6]',
      'model.list.train=null',
      'loss.kind="ce"',
    ]);
    expect(addedOptions(config, config)).toEqual([]);
  });

  it('are said in one sentence, the first five of them', () => {
    expect(describeAddedOptions({ a: 1 }, { a: 2 })).toBe(null);
    expect(describeAddedOptions({}, { a: 1, b: 'x', c: null, d: [], e: 5, f: 6, g: 7 })).toBe(
      'The run is older than some options; they say what was done without them: a=1, b="x", c=null, d=[], e=5 and 2 more.',
    );
  });
});

it('refuses what --resume would ignore', () => {
  refuseBesideResume({ preset: undefined, set: [] }, ['preset', 'set']);
  expect(() => refuseBesideResume({ set: ['seed=1'], preset: 'quick' }, ['preset', 'set'])).toThrow(
    "--resume goes on with the run's own configuration: leave out --preset, --set, or start a new run.",
  );
});

describe('the latest unfinished run', () => {
  it('is not one that is worked on, and is said to be missing', async () => {
    const root = join(folder, 'runs');
    await expect(latestUnfinished(root)).rejects.toThrow(
      `There is no unfinished run under ${root}: name the folder of one that lies elsewhere, or start a new one without --resume.`,
    );
    const busy = await RunFolder.create(join(root, 'busy'), {}, {});
    const claim = JSON.stringify({ process: process.ppid, machine: hostname() });
    await writeFile(busy.file('running.json'), claim);
    await expect(latestUnfinished(root)).rejects.toThrow(
      `There is no stopped run under ${root} (process ${process.ppid} works on ${busy.path}): name`,
    );
    await RunFolder.create(join(root, 'stopped'), {}, {});
    const { folder: found, ago } = await latestUnfinished(root);
    expect(found.endsWith('stopped')).toBe(true);
    expect(ago).toMatch(/^\d+s$/);
  });
});

describe('the way back', () => {
  it('is not offered to a network that has diverged, which sweeps must recognize', async () => {
    const run = await RunFolder.create(join(folder, 'diverged'), {}, {});
    await writeFile(run.lastCheckpoint, 'a checkpoint');
    const error = new DivergedError('The target features of image 0 are not finite.');
    expect(await withWayBack(error, run, (path) => `go on with ${path}`)).toBe(error);
  });
});
