import { beforeAll, describe, expect, it } from 'vitest';
import { madeReport, madeSummary } from '../testing/made-report.ts';
import { trainingCurvesOf, validatorCurves } from './adaptation-curves.ts';
import { classColors } from './class-colors.ts';
import { renderAdaptationReport } from './render-adaptation-report.ts';
import { selectionTable } from './selection-table.ts';

const report = madeReport(['mug', 'pen & paper', 'bike']);
const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

let page = '';
beforeAll(async () => {
  page = await renderAdaptationReport(report);
});

const tableRows = (text: string): string[][] =>
  [...text.matchAll(/<tr[^>]*>\s*<th scope="row">([^<]*)<\/th>([\s\S]*?)<\/tr>/g)].map(([, name, cells]) => [
    name ?? '',
    ...[...(cells ?? '').matchAll(/<td>([^<]*)<\/td>/g)].map(([, cell]) => cell ?? ''),
  ]);

describe('the report of an adaptation run', () => {
  it('is one file: no network, no script, everything escaped', () => {
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).not.toMatch(/<script|<link|@import|(src|href)="(?!data:)|url\(/);
    expect(page).not.toMatch(/\[object|undefined|NaN/);
    expect(page).toContain('recipe: &lt;wa+gn&gt;');
    expect(page).toContain('pen &amp; paper');
  });

  it('says what the last step gave, and what only an oracle could have', () => {
    expect(page).toContain('70.0 % of the target’s images are classified right after the last of 500 steps.');
    expect(page).toContain('Someone who knew its labels would have stopped at step 300 with 75.0 %.');
    expect(page).toContain('a linear probe mistakes the domain of 3.5 % of 200 held-out images');
  });

  it('says when the A-distance has come to its end', async () => {
    const aDistance = { distance: 2, error: 0, heldOut: 90, isSaturated: true };
    expect(await renderAdaptationReport({ ...report, aDistance })).toContain('it is at its end');
  });

  it('counts images in the confusion matrix', () => {
    expect(page).toContain('<title>mug taken for pen &amp; paper: 28.6 %</title>');
    expect(page).not.toContain('pixel');
  });

  it('shows every image twice: rings of the source, dots of the target', () => {
    expect(count(page, /r="3"\s+fill="none"/g)).toBe(2 * 30);
    expect(count(page, /r="3.1"/g)).toBe(2 * 21);
    expect(page).toContain('target as predicted');
  });

  it('does without what was not measured', async () => {
    const bare = await renderAdaptationReport({
      ...report,
      ...{ metrics: [], embedding: null, aDistance: null, drift: null },
      summary: { ...madeSummary, chosen: {} },
    });
    for (const heading of ['Curves', 'Features', 'Drift through', 'What the validators said'])
      expect(bare).not.toContain(`<h2>${heading}`);
    expect(bare).not.toContain('A-distance');
    expect(bare).toContain('<h2>Confusion</h2>');
  });
});

describe('the table of choices', () => {
  it('has last, chosen and oracle, each with what it knew', () => {
    expect(tableRows(selectionTable(madeSummary).text)).toEqual([
      ['last step', '500', '70.0 %', '0.0', 'nothing'],
      ['source validation accuracy', '200', '65.0 %', '−5.0', 'source labels'],
      ['soft neighbourhood density', '400', '72.0 %', '+2.0', 'target images'],
      ['oracle: chosen with the target’s labels', '300', '75.0 %', '+5.0', 'target labels'],
    ]);
    expect(selectionTable(madeSummary).text).toContain('<tr class="oracle">');
  });

  it('begins with the network before it was adapted at the end', () => {
    const [first] = tableRows(selectionTable({ ...madeSummary, before: 0.66 }).text);
    expect(first).toEqual(['last step, before adapting at the end', '500', '66.0 %', '−4.0', 'nothing']);
  });
});

describe('the curves of an adaptation run', () => {
  it('are those that the metrics hold, the target’s accuracy named as oracle', () => {
    const [accuracies, ...others] = trainingCurvesOf(report.metrics);
    expect(accuracies?.series.map(({ name }) => name)).toEqual(['source validation', 'target (oracle)']);
    expect(accuracies?.series[1]?.points.map(([, value]) => Math.round(value))).toEqual([50, 65, 75, 72, 70]);
    expect(others.map(({ title }) => title)).toEqual([
      ...['Training loss', 'Term: classification', 'Term: domain', 'Learning rate'],
    ]);
    expect(validatorCurves(report.metrics)).toHaveLength(7);
    expect(trainingCurvesOf([])).toEqual([]);
  });

  it('count a step once that a resumed run measured again, and skip what is not a number', () => {
    const metrics = [
      { kind: 'evaluation', step: 1, validators: { dev: 1, snd: null } },
      { kind: 'evaluation', step: 1, validators: { dev: 2 } },
      { kind: 'train', step: 1, loss: 3, terms: undefined },
    ];
    expect(validatorCurves(metrics).map(({ series }) => series[0]?.points)).toEqual([[[1, 2]]]);
    expect(trainingCurvesOf(metrics).map(({ title }) => title)).toEqual(['Training loss']);
  });
});

describe('colours of classes', () => {
  it('all differ, and none is black, which a dark page would hide', () => {
    for (const classes of [10, 31, 65]) expect(new Set(classColors(classes)).size).toBe(classes);
    expect(classColors(10)).not.toContain('#000000');
  });
});
