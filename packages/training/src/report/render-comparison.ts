// A comparison of many runs as one page of HTML: tables, figure, protocol and the curves of all runs together.

import type { Curve } from './curve.ts';
import { Html, html } from './html.ts';
import { chart, facts, page, section } from './page.ts';
import type { ReportFacts } from './report-content.ts';

export interface ComparisonTable {
  readonly title: string;
  readonly note: string;
  /** The first column holds the rows' names. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ComparisonContent {
  readonly title: string;
  /** The result in one or two sentences. */
  readonly verdict: string;
  readonly tables: readonly ComparisonTable[];
  /** An SVG element; null: nothing to show yet. */
  readonly figure: string | null;
  /** More of them, after the tables. Default: none. */
  readonly moreFigures?: readonly { readonly title: string; readonly note: string; readonly svg: string }[];
  readonly protocol: ReportFacts;
  /** What the protocol is, below its heading. Default: of runs that differ in the images per step. */
  readonly protocolNote?: string;
  /** What differs between the rows. */
  readonly entries: ReportFacts;
  /** Runs without a score, and why. */
  readonly failures: ReportFacts;
  readonly curves: readonly Curve[];
  /** A configuration of one of the runs, as text. */
  readonly configuration: string;
}

export async function renderComparison(content: ComparisonContent): Promise<string> {
  const { title, verdict, tables, figure, protocol, entries, failures, configuration } = content;
  const { protocolNote = 'What all runs have in common, and what follows from the images per step.' } =
    content;
  const charts = await Promise.all(content.curves.map((curve) => chart(curve)));
  const [main, ...others] = tables;
  return page(
    title,
    verdict,
    html`${main !== undefined && section(main.title, main.note, table(main))}
      ${figure !== null && html`<section>${plot(figure)}</section>`}
      ${others.map((other) => section(other.title, other.note, table(other)))}
      ${(content.moreFigures ?? []).map(({ title: heading, note, svg }) => section(heading, note, plot(svg)))}
      ${
        Object.keys(failures).length > 0 &&
        section('Runs without a score', 'They are part of the result.', facts(failures))
      }
      ${section('Protocol', protocolNote, facts(protocol))}
      ${section('Entries', 'What is special about each row.', facts(entries))}
      ${
        charts.length > 0 &&
        section(
          'Learning curves',
          'One line for every run; the seeds of a row have its colour.',
          html`<div class="curves">${charts}</div>`,
        )
      }
      <details>
        <summary>Configuration of the first run</summary>
        <pre>${configuration}</pre>
      </details>`,
  );
}

const plot = (svg: string): Html =>
  html`<figure class="plot">${new Html(svg.replace(/^<\?xml[^>]*>\s*/, ''))}</figure>`;

const table = ({ head, rows }: ComparisonTable): Html =>
  html`<table class="comparison">
    <thead>
      <tr>
        ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name = '', ...cells]) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
