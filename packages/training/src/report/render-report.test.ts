import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../confusion-matrix.ts';
import { RunFolder } from '../run-folder.ts';
import { trainingCurves } from './training-curves.ts';
import { renderReport, writeReport } from './render-report.ts';
import type { ReportContent } from './report-content.ts';

const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';

function content(): ReportContent {
  const confusion = new ConfusionMatrix(3);
  confusion.add([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0]);
  const metrics = [1, 2, 3].flatMap((step) => [
    { kind: 'train', step, loss: 1 / step, learningRate: 0.1, stepSeconds: 0.5, dataSeconds: 0.01 },
    { kind: 'evaluation', step, meanIoU: 0.1 * step },
  ]);
  return {
    title: 'A <run>',
    verdict: 'It works & well.',
    scores: [{ label: 'mean IoU', value: '41.7 %', protocol: '2 images' }],
    protocol: { split: 'val', seed: 1 },
    curves: trainingCurves(metrics, { label: 'only background', meanIoU: 0.035 }),
    classes: ['background', 'cat', 'dog'].map((name) => ({ name, color: 'rgb(1 2 3)' })),
    confusion: confusion.toJSON(),
    pictures: [{ id: '2007_1', caption: 'IoU 1', images: [{ label: 'input', source: pixel }] }],
    environment: { node: '22' },
    configuration: 'a: <b>',
  };
}

describe('report', () => {
  it('is one file: no network, no script, everything escaped', async () => {
    const page = await renderReport(content());
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).not.toMatch(/<script|<link|@import|(src|href)="(?!data:)|url\(/);
    expect(page).toContain('A &lt;run&gt;');
    expect(page).toContain('It works &amp; well.');
    expect(page).toContain('a: &lt;b&gt;');
    expect(page).not.toContain('[object');
    expect(page).not.toContain('undefined');
  });

  it('shows the scores of each class, and marks one that is absent', async () => {
    const page = await renderReport(content());
    const cells = (name: string): string[] => {
      const row = page.slice(page.indexOf(`</span>${name}</th>`));
      return [...row.slice(0, row.indexOf('</tr>')).matchAll(/<td>([^<]*)<\/td>/g)].map(
        ([, text]) => text ?? '',
      );
    };
    expect(cells('background')).toEqual(['60.0 %', '75.0 %', '66.67 %']);
    expect(cells('cat')).toEqual(['33.3 %', '50.0 %', '33.33 %']);
    expect(cells('dog')).toEqual(['absent', '–', '0.00 %']);
    expect(page).toContain('background taken for cat: 25.0 %');
    expect(page).not.toContain('boundary F');
  });

  it('has a column of boundary scores where they were measured', async () => {
    const page = await renderReport({ ...content(), boundaryF: [0.25, 0.5, null] });
    const row = page.slice(page.indexOf('</span>cat</th>'));
    const numbers = [...row.slice(0, row.indexOf('</tr>')).matchAll(/<td>([^<]*)<\/td>/g)];
    expect(numbers.map(([, text]) => text)).toEqual(['33.3 %', '50.0 %', '50.0 %', '33.33 %']);
    expect(page).toContain('<th scope="col">boundary F</th>');
  });

  it('draws the curves that the metrics hold, with the line to compare with', async () => {
    const { curves } = content();
    expect(curves.map(({ title }) => title)).toEqual([
      'Mean IoU on the validation images',
      'Training loss',
      'Learning rate',
      'Time of a step',
    ]);
    const page = await renderReport(content());
    expect(page.match(/<svg[^>]*class="marks"/g)).toHaveLength(4);
    expect(page).toContain('only background 3.5');
    expect(trainingCurves([{ kind: 'train', step: 1, loss: 2 }]).map(({ title }) => title)).toEqual([
      'Training loss',
    ]);
  });

  it('names each image of a picture, or the only one in the caption', async () => {
    const image = (label: string): { label: string; source: string } => ({ label, source: pixel });
    const pictures = [
      { id: 'apart', images: [image('input'), image('truth')] },
      { id: 'joined', caption: 'IoU 1', images: [image('input, truth')] },
    ];
    const page = await renderReport({ ...content(), pictures });
    expect(page).toContain('<span>input</span>');
    expect(page).toContain('<b>apart</b></figcaption>');
    expect(page).toContain('<b>joined</b> · input, truth · IoU 1</figcaption>');
    expect(page).not.toContain('<span>input, truth</span>');
  });

  it('takes only pictures that are inside it', async () => {
    const pictures = [{ id: 'x', images: [{ label: 'input', source: 'https://example.org/x.png' }] }];
    await expect(renderReport({ ...content(), pictures })).rejects.toThrow(/give x as data:image/);
  });

  it('is written into the run folder', async () => {
    const root = await mkdtemp(join(tmpdir(), 'plumbline-'));
    const folder = await RunFolder.create(join(root, 'run'), {}, {});
    await writeReport(folder, content());
    expect(await readFile(join(root, 'run/report.html'), 'utf8')).toBe(await renderReport(content()));
    await rm(root, { recursive: true });
  });
});
