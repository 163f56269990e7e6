import { beforeAll, describe, expect, it } from 'vitest';
import { madeReport, madeSummary } from '../testing/made-report.ts';
import { classificationCurves } from './classification-curves.ts';
import { renderClassificationReport } from './render-classification-report.ts';

const report = madeReport(['mug', 'pen & paper', 'bike']);
let page = '';
beforeAll(async () => {
  page = await renderClassificationReport(report);
});

describe('the report of a classification run', () => {
  it('is one file: no network, no script, everything escaped', () => {
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).not.toMatch(/<script|<link|@import|(src|href)="(?!data:)|url\(/);
    expect(page).not.toMatch(/\[object|undefined|NaN/);
    expect(page).toContain('recipe: &lt;wa+gn&gt;');
    expect(page).toContain('pen &amp; paper');
  });

  it('says what the last step gave, of how many images it was, and what the best evaluation was chosen by', () => {
    expect(page).toContain('70.0 % of the test images are classified right after 500 steps of 128 images.');
    for (const words of [
      '95.0 %',
      '0.813',
      '75.0 %',
      'step 300, chosen by the images that it is scored by',
    ]) {
      expect(page).toContain(words);
    }
    expect(page).toContain('<title>mug taken for pen &amp; paper: 28.6 %</title>');
  });

  it('does without what was not measured', async () => {
    const bare = await renderClassificationReport({
      ...report,
      metrics: [],
      summary: { ...madeSummary, top5: null },
    });
    for (const part of ['top-5', '<h2>Curves', '<h2>Inside']) expect(bare).not.toContain(part);
    const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    expect(await renderClassificationReport(madeReport(classes))).not.toContain('<h2>Confusion');
  });
});

it('curves are of what there are numbers of', () => {
  const titles = (metrics: typeof report.metrics): string[] =>
    classificationCurves(metrics).map(
      ({ title, series }) => `${title}: ${series.map(({ name }) => name).join(', ')}`,
    );
  expect(titles(report.metrics)).toEqual([
    'Accuracy on the test images: top-1, top-5',
    'Cross-entropy: training, test',
    'Learning rate: rate',
    'Time of a step: computing, waiting for data',
  ]);
  const few = report.metrics
    .filter(({ kind }) => kind === 'evaluation')
    .map((record) => ({ ...record, top5: null }));
  expect(titles(few)).toEqual(['Accuracy on the test images: top-1', 'Cross-entropy: test']);
  const [accuracy] = classificationCurves(few);
  expect(accuracy?.series[0]?.points.map(([, percent]) => percent)).toEqual([50, 65, 75, 72, 70]);
});
