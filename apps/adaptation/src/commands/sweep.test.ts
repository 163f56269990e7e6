import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config/config.ts';
import type { AdaptationSweep } from '../sweep/adaptation-sweep.ts';
import { writeSweep } from '../sweep/write-sweep.ts';
import { madeWorkshop, type Made } from '../testing/made-workshop.ts';
import { sweep, type SweepFlags } from './sweep.ts';

let folder = '';
let said: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => said.push(text));
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const read = (name: string, file: string): Promise<string> => readFile(join(folder, name, file), 'utf8');

const go = (name: string, made: Made, flags: SweepFlags = {}): Promise<void> =>
  sweep(
    {
      preset: 'digits',
      methods: 'source-only,dann,adabn,coral',
      recipes: 'bn,wa+gn',
      out: join(folder, name),
      ...flags,
    },
    madeWorkshop(made),
  );

/** With bn 50, 52, 54 %, and dann 10 points more with wa+gn, 1 less with bn; coral diverges with bn; adabn needs bn. */
const MADE: Made = {
  applicability: ({ method, model }) =>
    method.name === 'adabn' && !model.recipe.endsWith('bn')
      ? `${model.recipe} has no batch statistics.`
      : null,
  last: ({ method, model, seed }) => {
    const base = 0.5 + 0.02 * seed;
    if (method.name === 'dann') return model.recipe === 'bn' ? base - 0.01 : base + 0.1 + 0.01 * seed;
    if (method.name === 'coral' && model.recipe === 'bn') return 'The loss of step 7 is NaN.';
    return base;
  },
};

describe('a sweep of one task', () => {
  it('has tables of methods and recipes, the gains by seed, and what has no score', async () => {
    await go('one', MADE);
    const md = await read('one', 'sweep.md');
    // By hand: 50, 52, 54 have mean 52 and sd 2; 60, 63, 66 have mean 63 and sd 3; their differences 10, 11, 12 have sd 1.
    expect(md).toContain(
      `## Target accuracy after the last step, mnist→usps

Percent, mean ± sample standard deviation over 3 seeds; n = 3 unless said. No label of the target decides anything here.

| method | bn | wa+gn |
| --- | --: | --: |
| source-only | 52.0 ± 2.0 | 52.0 ± 2.0 |
| dann | 51.0 ± 2.0 | 63.0 ± 3.0 |
| adabn | 52.0 ± 2.0 | not applicable |
| coral | diverged | 52.0 ± 2.0 |
`,
    );
    expect(md).toContain('| dann | −1.0 ± 0.0 | +11.0 ± 1.0 |');
    expect(md).toMatch(
      /chosen by information maximization, mnist→usps\n\n[^\n]*\n\n[^#]*\| dann \| 49\.0 ± 2\.0 \|/,
    );
    expect(md).toMatch(
      /best evaluation \(oracle\), mnist→usps\n\nPercent.* labels of the target[^#]*\| dann \| 54\.0 ± 2\.0 \|/,
    );
    expect(md).toContain(
      '**mnist→usps, adabn, wa+gn, joint, seeds 0, 1, 2:** not applicable: wa+gn has no batch statistics.',
    );
    expect(md).toContain(
      '**mnist→usps, coral, bn, joint, seeds 0, 1, 2:** diverged: The loss of step 7 is NaN.',
    );
    expect(md).toContain(
      'On mnist→usps dann with wa+gn has the highest accuracy after the last step: 63.0 ± 3.0 % (n = 3). ' +
        'Not above source-only of the same recipe on mnist→usps: dann with bn; adabn with bn; coral with wa+gn. 18 of 24 runs finished, 6 without a score.',
    );
    expect(said.join('\n')).toContain('source-only  52.0 ± 2.0      52.0 ± 2.0');
  });

  it('writes the same numbers for programs, a figure, and a page', async () => {
    const [head = '', ...lines] = (await read('one', 'sweep.csv')).trim().split('\n');
    expect(head).toBe(
      'task,method,recipe,domainBatching,seed,state,last,gainOverSourceOnly,before,validator,chosen,chosenStep,oracle,oracleStep,sourceValidation,steps,seconds,reason',
    );
    expect(lines).toHaveLength(24);
    expect(lines).toContain(
      'mnist→usps,source-only,bn,joint,0,finished,0.5,,,informationMaximization,0.48,500,0.53,500,0.9,1000,12,',
    );
    const { runs, validator } = JSON.parse(await read('one', 'sweep.json')) as {
      runs: { id: string; summary: { last: number } | null }[];
      validator: string;
    };
    expect(validator).toBe('informationMaximization');
    expect(runs.find(({ id }) => id.includes('-dann-wa+gn-joint-s2'))?.summary?.last).toBeCloseTo(0.66, 12);
    const svg = await read('one', 'sweep.svg');
    for (const name of ['source-only', 'adabn', 'wa+gn']) expect(svg).toContain(`>${name}</text`);
    const png = await readFile(join(folder, 'one', 'sweep.png'));
    expect([...png.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const drift = await read('one', 'drift-mnist-usps.svg');
    for (const name of ['conv2', 'bn', 'wa+gn', 'source-only']) expect(drift).toContain(name);
    const page = await read('one', 'sweep.html');
    expect(page).toContain('Drift through the network, mnist→usps');
    expect(page).toContain('Target accuracy, mnist→usps, wa+gn');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  it('is written again without training, and is done when it is asked for again', async () => {
    await sweep({ summarize: join(folder, 'one') });
    await go('one', {
      last: () => {
        throw new Error('A run was made again.');
      },
    });
    await expect(sweep({ summarize: join(folder, 'nothing') })).rejects.toThrow(/holds no sweep/);
  });

  it('stops where a run was stopped, and goes on there', async () => {
    let left = 3;
    await go('stopped', { last: (config) => (left-- > 0 ? 0.5 : MADE.last(config) === null ? 0 : null) });
    expect(process.exitCode).toBe(130);
    expect(await read('stopped', 'sweep.md')).toContain('3 of 24 runs finished.');
    await go('stopped', MADE);
    expect(await read('stopped', 'sweep.md')).toContain('18 of 24 runs finished, 6 without a score.');
  });

  it('writes its results after every run', async () => {
    const seen: string[] = [];
    const write = async (folderOf: AdaptationSweep): Promise<void> => {
      await writeSweep(folderOf);
      seen.push(/\d of 2 runs finished/.exec(await read('after', 'sweep.md'))?.[0] ?? '');
    };
    const flags = { methods: 'source-only,dann', recipes: 'bn', seeds: '0' };
    await go('after', { ...MADE, write }, flags);
    expect(seen).toEqual(['1 of 2 runs finished', '2 of 2 runs finished']);
  });

  it('tries again what failed, when asked to', async () => {
    await go('one', { last: () => 0.7 }, { retryFailed: true });
    expect(await read('one', 'sweep.md')).toContain('24 of 24 runs finished.');
  });
});

describe('a sweep of several tasks', () => {
  it('has them as columns from three on, with the average of the seeds that have all', async () => {
    const last = ({ task, seed, method }: Config): number | string => {
      if (method.name === 'dann' && seed === 1 && task.source === 'dslr') return 'The loss is NaN.';
      return (task.source === 'amazon' ? 0.4 : 0.7) + 0.1 * seed + (method.name === 'dann' ? 0.05 : 0);
    };
    const flags = {
      preset: 'squeezenet',
      all: true,
      methods: 'source-only,dann',
      recipes: 'wa',
      seeds: '0,1',
    };
    await go('all', { last }, flags);
    const md = await read('all', 'sweep.md');
    // Two tasks of 40 and four of 70 % are 60 % on average, and 70 % with the other seed.
    expect(md).toContain(`| method, recipe | A→W | D→W | W→D | A→D | D→A | W→A | average |
| --- | --: | --: | --: | --: | --: | --: | --: |
| source-only, wa | 45.0 ± 7.1 | 75.0 ± 7.1 | 75.0 ± 7.1 | 45.0 ± 7.1 | 75.0 ± 7.1 | 75.0 ± 7.1 | 65.0 ± 7.1 |
| dann, wa | 50.0 ± 7.1 | 75.0 (n = 1) | 80.0 ± 7.1 | 50.0 ± 7.1 | 75.0 (n = 1) | 80.0 ± 7.1 | 65.0 (n = 1) |`);
    // Of the one seed that has both: 65 − 60 points.
    expect(md).toContain(
      '| dann, wa | +5.0 ± 0.0 | +5.0 (n = 1) | +5.0 ± 0.0 | +5.0 ± 0.0 | +5.0 (n = 1) | +5.0 ± 0.0 | +5.0 (n = 1) |',
    );
    expect(await readdir(join(folder, 'all'))).toEqual(
      expect.arrayContaining(['sweep.svg', 'sweep-a-w.svg', 'sweep-w-a.png']),
    );
  });

  it('has the domain batchings beside the recipes', async () => {
    const flags = { tasks: 'usps-mnist', methods: 'source-only', batchings: 'joint,split', seeds: '4' };
    await go('batchings', { last: () => 0.25 }, flags);
    const md = await read('batchings', 'sweep.md');
    expect(md).toContain('| method | bn, joint | wa+gn, joint | bn, split | wa+gn, split |');
    expect(md).toContain('one seed (n = 1): what another seed would change is not known');
    expect(md).not.toContain('## Gain');
  });
});

describe('the flags of sweep', () => {
  it.each<[SweepFlags, RegExp]>([
    [{ methods: 'dann,dan2' }, /^--methods got "dan2"; use source-only, dann, /],
    [{ batchings: 'both' }, /^--batchings got "both"; use joint, separate, split\.$/],
    [{ validator: 'best' }, /^--validator got "best"; use sourceAccuracy, entropy, /],
    [{ tasks: 'A-W', all: true }, /^--tasks and --all name the tasks twice: leave out one\.$/],
    [{ preset: 'quick', all: true }, /^--all stands for the tasks of Office-31 or of the digits, /],
    [{ tasks: 'A-X' }, /^There is no task "A-X"/],
    [{ seeds: 'x' }, /^--seeds got "x"/],
    [
      {
        validator: 'dev',
        set: ['evaluate.validators=[entropy]', 'evaluate.choose=entropy'],
      },
      /^--validator dev is not among evaluate\.validators \(entropy\): add it there, or choose one of them\.$/,
    ],
  ])('%j are refused', async (flags, message) => {
    await expect(go('refused', MADE, flags)).rejects.toThrow(message);
  });

  it('keep a sweep from being mixed with another', async () => {
    await expect(go('one', MADE, { set: ['train.steps=7'] })).rejects.toThrow(
      /one holds a sweep with another configuration: in mnist-usps-source-only-bn-joint-s0 train\.steps was 1000, now 7: /,
    );
  });
});
