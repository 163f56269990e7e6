// The page that every report is: its head, and the parts that reports are put together from.

import { type Curve, renderCurve } from './curve.ts';
import { Html, html } from './html.ts';
import type { ReportFacts, ReportScore } from './report-content.ts';
import { style } from './style.ts';

/** The whole page; the first sentence stands below the title. */
export const page = (title: string, verdict: string, body: Html): string =>
  html`<!doctype html>
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
          ${body}
        </main>
      </body>
    </html>`.text.replace(/^ {4,}(?=<)/gm, '');

export const section = (title: string, note: string | null, body: Html): Html =>
  html`<section>
    <h2>${title}</h2>
    ${note !== null && html`<p class="note">${note}</p>`}${body}
  </section>`;

export const facts = (values: ReportFacts): Html =>
  html`<dl class="facts">
    ${Object.entries(values).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

/** Numbers in large print, each above its protocol; nothing for no scores. */
export const scoreCards = (scores: readonly ReportScore[]): Html | false =>
  scores.length > 0 &&
  html`<section class="scores">
    ${scores.map(
      ({ label, value, protocol }) =>
        html`<div class="score">
          <p class="label">${label}</p>
          <p class="value">${value}</p>
          <p class="note">${protocol}</p>
        </div>`,
    )}
  </section>`;

export const chart = async (curve: Curve): Promise<Html> =>
  html`<figure class="curve">
    <figcaption>${curve.title}</figcaption>
    ${new Html(await renderCurve(curve))}
  </figure>`;

/** A plumb line. */
const plumb = new Html(
  '<svg viewBox="0 0 12 24" width="10" height="20" aria-hidden="true"><path d="M6 0v13" stroke="currentColor"/><path d="M2.5 13h7L6 24z" fill="currentColor"/></svg>',
);
