// A run as one page of HTML: no network, no script, readable in a light and in a dark room, and on paper.

import { writeFileAtomic } from '../atomic-file.ts';
import type { RunFolder } from '../run-folder.ts';
import { classTable } from './class-table.ts';
import { confusionPicture, worstConfusions } from './confusion-picture.ts';
import { type Curve, renderCurve } from './curve.ts';
import { Html, html } from './html.ts';
import { legend, pictures } from './pictures.ts';
import type { ReportContent, ReportFacts, ReportScore } from './report-content.ts';
import { style } from './style.ts';

/** Writes the run folder's report.html. */
export const writeReport = async (folder: RunFolder, content: ReportContent): Promise<void> =>
  writeFileAtomic(folder.report, await renderReport(content));

/** The whole page. */
export async function renderReport(content: ReportContent): Promise<string> {
  const { title, verdict, scores, protocol, classes, confusion, environment, configuration } = content;
  const charts = await Promise.all(content.curves.map(chart));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="mark">${plumb}Plumbline</p>
            <h1>${title}</h1>
            <p class="verdict">${verdict}</p>
          </header>
          ${scores.length > 0 && html`<section class="scores">${scores.map(score)}</section>`}
          ${section('Protocol', 'What was measured, and how.', facts(protocol))}
          ${charts.length > 0 && section('Curves', null, html`<div class="curves">${charts}</div>`)}
          ${content.pictures.length > 0 && section('Pictures', null, html`${legend(classes)}${pictures(content.pictures)}`)}
          ${
            confusion !== undefined &&
            html`${section(
              'Classes',
              'A class that neither the truth nor the prediction holds has no IoU and is left out of the mean.',
              classTable(classes, confusion, content.boundaryF),
            )}${section(
              'Confusion',
              'Rows: the true class. Columns: what its pixels were taken for, in percent of the row. A class without a true pixel has no shares: its row is not defined.',
              html`<div class="confusions">
                ${confusionPicture(classes, confusion)}${worstConfusions(classes, confusion)}
              </div>`,
            )}`
          }
          ${section('Environment', null, facts(environment))}
          ${
            configuration !== undefined &&
            html`<details>
              <summary>Configuration</summary>
              <pre>${configuration}</pre>
            </details>`
          }
        </main>
      </body>
    </html>`.text.replace(/^ {4,}(?=<)/gm, '');
}

const section = (title: string, note: string | null, body: Html): Html =>
  html`<section>
    <h2>${title}</h2>
    ${note !== null && html`<p class="note">${note}</p>`}${body}
  </section>`;

const score = ({ label, value, protocol }: ReportScore): Html =>
  html`<div class="score">
    <p class="label">${label}</p>
    <p class="value">${value}</p>
    <p class="note">${protocol}</p>
  </div>`;

const facts = (values: ReportFacts): Html =>
  html`<dl class="facts">
    ${Object.entries(values).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

const chart = async (curve: Curve): Promise<Html> =>
  html`<figure class="curve">
    <figcaption>${curve.title}</figcaption>
    ${new Html(await renderCurve(curve))}
  </figure>`;

/** A plumb line. */
const plumb = new Html(
  '<svg viewBox="0 0 12 24" width="10" height="20" aria-hidden="true"><path d="M6 0v13" stroke="currentColor"/><path d="M2.5 13h7L6 24z" fill="currentColor"/></svg>',
);
