import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { madeComparison } from '../testing/made-comparison.ts';
import { compare, parseFlags } from './compare.ts';

let folder = '';
let said: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the flags of compare', () => {
  it('are lists and numbers', () => {
    const flags = { recipes: 'bn, wa+gn', batch: '1,2', seeds: '0', images: '600', scaleRate: true };
    expect(parseFlags(flags)).toEqual({
      recipes: ['bn', 'wa+gn'],
      batch: [1, 2],
      seeds: [0],
      images: 600,
      scaleRate: true,
    });
    expect(parseFlags({})).toEqual({});
  });

  it.each([
    [
      { batch: '1;2' },
      /^--batch got "1;2"; write whole numbers, 1 or more, with commas between them, such as 1,2,4\.$/,
    ],
    [{ batch: '0,1' }, /^--batch got "0,1"; write whole numbers, 1 or more, /],
    [{ recipes: 'gn,' }, /^--recipes got "gn,"; write names with commas between them, such as bn,wa\+gn\.$/],
    [{ seeds: '-1' }, /^--seeds got "-1"/],
    [{ images: '1,2' }, /^--images got "1,2"; write one number, 1 or more\.$/],
    [{ images: '0' }, /^--images got "0"; /],
  ])('%j is refused', (flags, message) => {
    expect(() => parseFlags(flags)).toThrow(message);
  });
});

const made = { recipes: ['bn', 'gn'], batch: [1], seeds: [0, 1], score: () => 0.25 };

describe('compare', () => {
  it('writes and prints the results of a folder again without training', async () => {
    const { path } = await madeComparison(join(folder, 'summarize'), made);
    await compare({ summarize: path });
    expect(said.join('\n')).toContain('gn                           25.0 ± 0.0');
    expect(await readFile(join(path, 'compare.md'), 'utf8')).toContain('| gn | 25.0 ± 0.0 |');
    await expect(compare({ summarize: join(folder, 'nothing') })).rejects.toThrow(
      /nothing holds no comparison \(it has no ladder\.json\): give the folder of an earlier one\.$/,
    );
  });

  it('refuses, before anything is trained, a folder with runs of another configuration', async () => {
    const { path } = await madeComparison(join(folder, 'other'), made);
    const again = compare({ recipes: made.recipes, batch: made.batch, seeds: made.seeds, out: path });
    // The preset quick, where no configuration is named.
    await expect(again).rejects.toThrow(
      /another configuration: in bn-b1-s0 .*data\.baseSize was null, now 128; /,
    );
  });
});
