import { textTable } from '@plumbline/training';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeComparison, PROTOCOL, type MadeComparison } from '../testing/made-comparison.ts';
import type { Cell } from './cells.ts';
import { readResults } from './results.ts';
import { resultTables, verdict } from './table.ts';
import { writeComparison } from './write-comparison.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** At one image per step 40, 42 and 47 %, at two images 50, 51 and 52 %; one run of bn diverged, and one is not yet made. */
const MADE: MadeComparison = {
  recipes: ['wa+gn', 'bn'],
  batch: [2, 1],
  seeds: [0, 1, 2],
  set: ['train.steps=600'],
  score: ({ label, batchSize, seed }) => {
    if (label === 'wa+gn') return (batchSize === 1 ? [0.4, 0.42, 0.47] : [0.5, 0.51, 0.52])[seed];
    if (batchSize === 1) return 'The loss of step 7 is NaN.';
    return [0.5, 0.6][seed];
  },
};

describe('the results of a comparison', () => {
  it('are mean and sample standard deviation, with n where a run is missing', async () => {
    const results = await readResults(await madeComparison(join(folder, 'table'), MADE));
    const [meanIoU, accuracy, time] = resultTables(results);
    // By hand: sd of 40, 42, 47 is √13 = 3.61; of 50, 51, 52 it is 1; of 50 and 60, √50 = 7.07.
    expect(meanIoU).toMatchObject({
      title: 'Mean IoU',
      note: 'Percent, mean ± sample standard deviation over 3 seeds; n = 3 unless said.',
      head: ['recipe', '1 image per step', '2 images per step'],
      rows: [
        ['wa+gn', '43.0 ± 3.6', '51.0 ± 1.0'],
        ['bn', 'diverged', '55.0 ± 7.1 (n = 2)'],
        ['background everywhere', '3.9', '3.9'],
      ],
    });
    expect(accuracy?.rows[0]).toEqual(['wa+gn', '71.5 ± 1.8', '75.5 ± 0.5']);
    // Without the first line, whose step compiled kernels: the median of 100, 300 and 200 ms.
    expect(time?.rows[0]).toEqual(['wa+gn', '200', '200']);
    expect(meanIoU && textTable(meanIoU)).toBe(
      'recipe                 1 image per step   2 images per step\n' +
        'wa+gn                        43.0 ± 3.6          51.0 ± 1.0\n' +
        'bn                             diverged  55.0 ± 7.1 (n = 2)\n' +
        'background everywhere               3.9                 3.9',
    );
    expect(verdict(results)).toBe(
      'With 1 image per step wa+gn has the highest mean IoU: 43.0 ± 3.6 % (n = 3). ' +
        'Going from 2 to 1 changed the mean by, in points: wa+gn −8.0.',
    );
  });

  it('say where a lead is smaller than what seeds do', async () => {
    const score = ({ seed, label }: Cell): number => 0.4 + 0.02 * seed + (label === 'bn' ? 0.01 : 0);
    const results = await readResults(await madeComparison(join(folder, 'close'), { ...MADE, score }));
    expect(verdict(results)).toMatch(
      /bn has the highest mean IoU: 43\.0 ± 2\.0 % \(n = 3\); its lead over wa\+gn, 1\.0 points, is within one standard deviation\./,
    );
  });

  it('claim no winner where nothing was learned', async () => {
    const made = { ...MADE, score: () => 0.039 };
    const results = await readResults(await madeComparison(join(folder, 'nothing'), made));
    expect(verdict(results)).toBe(
      'With 1 image per step no row is above answering "background" everywhere (3.9 % mean IoU).',
    );
  });

  it('have no spread with one seed, and say so', async () => {
    const made = { ...MADE, seeds: [0], batch: [1] };
    const results = await readResults(await madeComparison(join(folder, 'one'), made));
    const [meanIoU] = resultTables(results);
    expect(meanIoU?.rows[0]).toEqual(['wa+gn', '40.0']);
    expect(meanIoU?.note).toBe('Percent, one seed (n = 1): what another seed would change is not known.');
    expect(verdict(results)).toBe('With 1 image per step wa+gn has the highest mean IoU: 40.0 % (one seed).');
  });
});

describe('the files of a comparison', () => {
  it('hold the numbers with their protocol, in every form, and no date', async () => {
    const comparison = await madeComparison(join(folder, 'files'), MADE);
    await writeComparison(comparison);
    const [md, json, svg, page] = await Promise.all(
      ['compare.md', 'compare.json', 'compare.svg', 'compare.html'].map((name) =>
        readFile(comparison.file(name), 'utf8'),
      ),
    );
    expect(md).toContain('| wa+gn | 43.0 ± 3.6 | 51.0 ± 1.0 |');
    expect(md).toContain('**bn, 1 image per step, seeds 0, 1, 2:** diverged: The loss of step 7 is NaN.');
    expect(md).toContain('8 of 12 runs finished, 3 without a score.');
    for (const text of [md, svg, page]) {
      expect(text).toContain(PROTOCOL);
      expect(text).toMatch(/equal steps: a run with more images per step sees more images/i);
      expect(text).not.toMatch(/20\d\d-\d\d-\d\d/);
    }
    expect(md).toContain('**Steps:** 600');
    const { groups, backgroundEverywhere } = JSON.parse(json ?? '') as {
      groups: { label: string; meanIoU: { sd: number; n: number } }[];
      backgroundEverywhere: unknown;
    };
    expect(groups[0]?.meanIoU.sd).toBeCloseTo(Math.sqrt(0.0013), 12);
    expect(backgroundEverywhere).toEqual({ meanIoU: 0.039, pixelAccuracy: 0.706 });
    expect(page).toContain('Training loss, 2 images per step');
    expect(page).not.toMatch(/(src|href)="http/);
    expect([...(await readFile(comparison.file('compare.png'))).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  });

  it('state equal images, and the steps of each batch size', async () => {
    const comparison = await madeComparison(join(folder, 'images'), { ...MADE, images: 1200 });
    await writeComparison(comparison);
    const md = await readFile(comparison.file('compare.md'), 'utf8');
    expect(md).toContain('equal images: every run sees 1,200, in fewer steps where there are more per step');
    expect(md).toContain('**Steps:** 1,200 (1 image per step), 600 (2 images per step)');
  });

  it('are there before the first run is finished, without a figure', async () => {
    const comparison = await madeComparison(join(folder, 'none'), { ...MADE, score: () => undefined });
    const { runs } = await writeComparison(comparison);
    expect(runs.every(({ state }) => state === 'waiting')).toBe(true);
    const md = await readFile(comparison.file('compare.md'), 'utf8');
    expect(md).toContain('No run is finished yet. 0 of 12 runs finished.');
    await expect(readFile(comparison.file('compare.svg'))).rejects.toThrow(/ENOENT/);
  });
});
