import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StabilityStudy } from '../study/stability-study.ts';
import { writeStudy } from '../study/write-study.ts';
import { madeWorkshop, type Made } from '../testing/made-workshop.ts';
import { study, type StudyFlags } from './study.ts';

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

const go = (name: string, made: Made, flags: StudyFlags = {}): Promise<void> =>
  study(
    {
      ...{ preset: 'study-mnist', recipes: 'bn,gn,mabn', batches: '1,8,64' },
      out: join(folder, name),
      ...flags,
    },
    madeWorkshop(made),
  );

/** bn has 10 % and 40 points more where it normalizes one image; gn 12; mabn 20, and diverges in steps of one. Seed 1: 2 more. */
const MADE: Made = {
  error: ({ model, train, seed }) => {
    const more = 0.02 * seed;
    if (model.recipe === 'gn') return 0.12 + more;
    if (model.recipe === 'bn') return (train.batchSize === 1 ? 0.5 : 0.1) + more;
    return train.batchSize * train.accumulate === 1 ? 'The loss of step 7 is NaN.' : 0.2 + more;
  },
};

describe('a study', () => {
  it('has a table for each protocol, what varies least, and what has no result', async () => {
    await go('one', MADE);
    const md = await read('one', 'study.md');
    // By hand: 10 and 12 have mean 11 and sd √2.
    expect(md).toContain(`| recipe | 1 | 8 | 64 | from 64 to 1 |
| --- | --: | --: | --: | --: |
| bn | 51.0 ± 1.4 | 11.0 ± 1.4 | 11.0 ± 1.4 | +40.0 ± 0.0 |
| gn | 13.0 ± 1.4 | 13.0 ± 1.4 | 13.0 ± 1.4 | +0.0 ± 0.0 |
| mabn | diverged | 21.0 ± 1.4 | 21.0 ± 1.4 | – |
| chance | 90.0 | 90.0 | 90.0 | – |
`);
    expect(md).toContain(`| gn | 13.0 ± 1.4 | 13.0 ± 1.4 | 13.0 ± 1.4 | same run |
| mabn | 21.0 ± 1.4 | 21.0 ± 1.4 | 21.0 ± 1.4 | +0.0 ± 0.0 |`);
    expect(md).toContain('The same run at every batch: gn, whose normalization does not see the batch.');
    expect(md).toContain('- **mabn, 1 per step, seeds 0, 1:** diverged: The loss of step 7 is NaN.');
    expect(md).toContain(
      'Small optimizer batches: gn varies least: 0.0 points between its best and its worst batch. ' +
        'The error of bn changes by +40.0 ± 0.0 points from 64 to 1. Runs without a result: mabn. ' +
        'Small normalization batches: Of the recipes that see the batch mabn varies least: 0.0 points between its best and its ' +
        'worst batch; gn cannot vary. The error of bn changes by +40.0 ± 0.0 points from 64 to 1. 24 of 26 runs finished, 2 without a score.',
    );
    expect(md).toContain('- **Training images:** 640');
    expect(said.join('\n')).toContain('bn      51.0 ± 1.4  11.0 ± 1.4');
  });

  it('writes the same numbers for programs, figures, and a page', async () => {
    const [head = '', ...lines] = (await read('one', 'study.csv')).trim().split('\n');
    expect(head).toBe(
      'protocol,recipe,batch,seed,state,top1Error,bestTop1Error,crossEntropy,trainingLoss,steps,seconds,run,reason',
    );
    // A line for each of 3 recipes × 3 batches × 2 protocols × 2 seeds, whichever run it is of.
    expect(lines).toHaveLength(36);
    expect(lines).toContain('normalization,gn,8,1,finished,0.14,0.13,0.5,0.4,10,12,gn-1x64-s1,');
    const { runs } = JSON.parse(await read('one', 'study.json')) as { runs: { id: string }[] };
    expect(runs).toHaveLength(26);
    for (const name of ['study', 'study-normalization']) {
      const svg = await read('one', `${name}.svg`);
      for (const recipe of ['bn', 'gn', 'mabn']) expect(svg).toContain(`>${recipe}</text`);
      const png = await readFile(join(folder, 'one', `${name}.png`));
      expect([...png.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    }
    expect(await read('one', 'study.svg')).toContain('A cross at the top: no score (mabn).');
    const page = await read('one', 'study.html');
    expect(page).toContain('Top-1 error, 8 images normalized together');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  it('is written again without training, and is done when it is asked for again', async () => {
    await study({ summarize: join(folder, 'one') });
    await go('one', {
      error: () => {
        throw new Error('A run was made again.');
      },
    });
    await expect(study({ summarize: join(folder, 'nothing') })).rejects.toThrow(/holds no study/);
  });

  it('stops where a run was stopped, and goes on there', async () => {
    let left = 3;
    await go('stopped', { error: (config) => (left-- > 0 ? 0.5 : MADE.error(config) === null ? 0 : null) });
    expect(process.exitCode).toBe(130);
    expect(await read('stopped', 'study.md')).toContain('3 of 26 runs finished.');
    await go('stopped', MADE);
    expect(await read('stopped', 'study.md')).toContain('24 of 26 runs finished, 2 without a score.');
  });

  it('writes its results after every run', async () => {
    const seen: string[] = [];
    const write = async (of: StabilityStudy): Promise<void> => {
      await writeStudy(of);
      seen.push(/\d of 2 runs finished/.exec(await read('after', 'study.md'))?.[0] ?? '');
    };
    await go(
      'after',
      { ...MADE, write },
      { recipes: 'bn', batches: '8,64', seeds: '0', protocols: 'optimizer' },
    );
    expect(seen).toEqual(['1 of 2 runs finished', '2 of 2 runs finished']);
  });

  it('tries again what failed, when asked to', async () => {
    await go('one', { error: () => 0.3 }, { retryFailed: true });
    expect(await read('one', 'study.md')).toContain('26 of 26 runs finished.');
  });

  it('has as many figures as recipes need', async () => {
    const recipes = 'bn,gn,ln,wa,wa+bn,wa+gn,pws,mabn,bkn,ws+gn,none,frn';
    await go('many', MADE, { recipes, batches: '1,64', seeds: '0', protocols: 'normalization' });
    const files = await readdir(join(folder, 'many'));
    expect(files).toEqual(expect.arrayContaining(['study.png', 'study-2.png']));
    expect(await read('many', 'study-2.svg')).toContain('>frn</text');
    expect(await read('many', 'study.svg')).not.toContain('>frn</text');
    const titles = /Top-1 error at small normalization batches, (\d) of (\d)/;
    expect(titles.exec(await read('many', 'study-2.svg'))?.slice(1)).toEqual(['2', '2']);
  });

  it('has figures of the same axis, and says which recipe is best at a single batch', async () => {
    const recipes = 'bn,gn,ln,wa,wa+bn,wa+gn,pws,mabn,bkn,ws+gn,none,frn';
    const scores = new Map([
      ['bn', 0.8],
      ['frn', 0.3],
    ]);
    const error: Made['error'] = ({ model }) => scores.get(model.recipe) ?? 0.5;
    const flags = { recipes, batches: '1', seeds: '0', protocols: 'optimizer' };
    await go('single', { error }, flags);
    const ticks = async (name: string): Promise<string[]> =>
      [...(await read('single', name)).matchAll(/text-anchor="end"[^>]*>(\d+)<\/text/g)].map(
        ([, tick = '']) => tick,
      );
    const first = await ticks('study.svg');
    expect(first.length).toBeGreaterThan(3);
    expect(await ticks('study-2.svg')).toEqual(first);
    expect(await read('single', 'study.md')).toContain(
      'Small optimizer batches: frn has the lowest error, 30.0 %, and bn the highest, 80.0 %. 12 of 12 runs finished.',
    );
  });
});

describe('the flags of study', () => {
  it.each<[StudyFlags, RegExp]>([
    [{ protocols: 'gradient' }, /^--protocols got "gradient"; use optimizer, normalization\.$/],
    [{ batches: '0' }, /^--batches got "0"/],
    [{ seeds: 'x' }, /^--seeds got "x"/],
    [{ recipes: 'bn,,gn' }, /^--recipes got "bn,,gn"/],
    [{ batches: '3' }, /^--batches has 3, and the 64 images of a step/],
  ])('%j are refused', async (flags, message) => {
    await expect(go('refused', MADE, flags)).rejects.toThrow(message);
  });

  it('leave out usual batches that do not divide a step', async () => {
    const flags = { preset: 'study-mnist', recipes: 'wa', seeds: '0', out: join(folder, 'usual') };
    await study({ ...flags, set: ['train.batchSize=8'] }, madeWorkshop(MADE));
    const { batches } = JSON.parse(await read('usual', 'plan.json')) as { batches: number[] };
    expect(batches).toEqual([1, 2, 4, 8]);
  });

  it('keep a study from being mixed with another', async () => {
    await expect(go('one', MADE, { set: ['train.epochs=7'] })).rejects.toThrow(
      /one holds a study with another configuration: in bn-1x64-s0 train\.epochs was 2, now 7: /,
    );
  });
});
