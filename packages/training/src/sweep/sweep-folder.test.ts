import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from '../run-folder.ts';
import { SweepFolder, type SweepPlan } from './sweep-folder.ts';

let path = '';
let folder: SweepFolder<SweepPlan>;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'plumbline-'));
  // An option that was added since.
  const validate = (tree: unknown): unknown => ({ added: 0, ...(tree as object) });
  folder = new SweepFolder({ path, words: { sweep: 'sweep', plan: 'plan' }, validate });
});
afterEach(() => rm(path, { recursive: true }));

const planOf = (rates: Readonly<Record<string, number>>): SweepPlan => ({
  cells: Object.entries(rates).map(([id, rate]) => ({ id, config: { added: 0, rate } })),
});

describe('the plan of a sweep', () => {
  it('may change where nothing was begun, and grow where something was', async () => {
    await folder.begin(planOf({ a: 1, b: 2 }));
    await folder.begin(planOf({ a: 3, b: 2 }));
    await RunFolder.create(folder.run('a'), {}, {});
    await folder.begin(planOf({ b: 5, a: 3, c: 1 }));
    expect(await folder.read()).toEqual(planOf({ b: 5, a: 3, c: 1 }));
  });

  it('knows the options of today in a plan of before', async () => {
    await writeFile(join(path, 'plan.json'), JSON.stringify({ cells: [{ id: 'a', config: { rate: 1 } }] }));
    await folder.addFailure('a', { kind: 'diverged', reason: 'NaN.' });
    await folder.begin(planOf({ a: 1 }));
  });

  it('is refused where it is another than the runs were made by', async () => {
    await folder.begin(planOf({ a: 1, b: 2 }));
    await folder.addFailure('b', { kind: 'refused', reason: 'No.' });
    await expect(folder.begin(planOf({ a: 1, b: 3 }))).rejects.toThrow(
      `${path} holds a sweep with another configuration: in b rate was 2, now 3: use the former options, or choose another --out.`,
    );
    await expect(folder.begin(planOf({ a: 1 }))).rejects.toThrow(
      `${path} holds a sweep with runs that this plan leaves out (b): name them too, or choose another --out.`,
    );
  });

  it('is said to be missing, or torn', async () => {
    await expect(folder.read()).rejects.toThrow(
      `${path} holds no sweep (it has no plan.json): give the folder of an earlier one.`,
    );
    await writeFile(join(path, 'plan.json'), '{');
    await expect(folder.read()).rejects.toThrow(
      `${join(path, 'plan.json')} is not JSON: mend it, or choose another --out.`,
    );
  });
});

describe('failures', () => {
  it('are one file each, beside those of a sweep from before that', async () => {
    const failure = { kind: 'diverged', reason: 'The loss is NaN.' } as const;
    await writeFile(join(path, 'failures.json'), JSON.stringify({ old: failure }));
    await mkdir(join(path, 'failures'));
    await writeFile(join(path, 'failures/.new.json.partial'), '{');
    await folder.addFailure('wa+gn-b1-s0', failure);
    expect(await folder.failures()).toEqual({ old: failure, 'wa+gn-b1-s0': failure });
    expect(await folder.hasFailed('old')).toBe(true);
    await folder.forgetFailures();
    expect(await folder.failures()).toEqual({});
  });
});
