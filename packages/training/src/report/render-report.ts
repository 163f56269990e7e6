// A run as one page of HTML: no network, no script, readable in a light and in a dark room, and on paper.

import { writeFileAtomic } from '../atomic-file.ts';
import type { RunFolder } from '../run-folder.ts';
import { classTable } from './class-table.ts';
import { confusionPicture, worstConfusions } from './confusion-picture.ts';
import { html } from './html.ts';
import { chart, facts, page, scoreCards, section } from './page.ts';
import { legend, pictures } from './pictures.ts';
import type { ReportContent } from './report-content.ts';

/** Writes the run folder's report.html. */
export const writeReport = async (folder: RunFolder, content: ReportContent): Promise<void> =>
  writeFileAtomic(folder.report, await renderReport(content));

/** The whole page. */
export async function renderReport(content: ReportContent): Promise<string> {
  const { title, verdict, scores, protocol, classes, confusion, environment, configuration } = content;
  const charts = await Promise.all(content.curves.map(chart));
  return page(
    title,
    verdict,
    html`${scoreCards(scores)} ${section('Protocol', 'What was measured, and how.', facts(protocol))}
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
    }`,
  );
}
