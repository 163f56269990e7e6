/** What an inspection found, as one HTML page that needs no other file. */
import type { DatasetInspection, SegmentationDataset, SheetPicture } from '@plumbline/data';
import { classRows, splitRows, verdict } from './inspect-table.ts';

export interface InspectionPage {
  inspection: DatasetInspection;
  dataset: Pick<SegmentationDataset, 'classes' | 'palette' | 'ignoreLabel'>;
  sheet: readonly SheetPicture[];
  /** How the sheet's crops were made, in a few words. */
  augmentation: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const STYLE = `
:root { color-scheme: light dark; --line: #8883; --soft: #8a8f98; --error: #d05a3c; --warning: #b98a1d; }
body { max-width: 1080px; margin: 0 auto; padding: 40px 24px 80px; font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 30px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 40px 0 10px; }
.soft { color: var(--soft); } .error { color: var(--error); } .warning { color: var(--warning); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
td, th { padding: 4px 0 4px 26px; text-align: right; white-space: nowrap; font-weight: 400; }
td:first-child, th:first-child { padding-left: 0; text-align: left; } thead th { color: var(--soft); }
tbody tr { border-top: 1px solid var(--line); }
ul { padding: 0; list-style: none; } li { padding: 5px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.swatch { display: inline-block; width: 11px; height: 11px; margin-right: 8px; border-radius: 3px; box-shadow: inset 0 0 0 1px #8888; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 18px 14px; }
figure { margin: 0; } figure div { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; }
img { display: block; width: 100%; height: auto; border-radius: 4px; } figcaption { font-size: 12px; color: var(--soft); }
`;

function table(head: readonly string[], rows: readonly string[]): string {
  const cells = head.map((cell) => `<th>${escape(cell)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

const row = (first: string, rest: readonly string[]): string =>
  `<tr><th>${first}</th>${rest.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;

const picture = (bytes: Uint8Array, side: number, alt: string): string =>
  `<img width="${side}" height="${side}" alt="${escape(alt)}" src="data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}">`;

export function inspectionPage({ inspection, dataset, sheet, augmentation }: InspectionPage): string {
  const { splits, findings } = inspection;
  const names = splits.map(({ split }) => split);
  const swatch = (index: number): string => {
    const colour = [...dataset.palette.subarray(3 * index, 3 * index + 3)].join(' ');
    return `<span class="swatch" style="background:rgb(${colour})"></span>`;
  };
  const classes = classRows(inspection).map(([name = '', ...cells], index) =>
    row(swatch(index) + escape(name), cells),
  );
  const found = findings.map(
    ({ severity, kind, message }) =>
      `<li><b class="${severity}">${severity}: ${kind}</b><br>${escape(message)}</li>`,
  );
  const figures = sheet.map(
    ({ id, side, image, overlay }) =>
      `<figure><div>${picture(image, side, `${id}, augmented`)}${picture(overlay, side, `${id}, labels`)}</div>` +
      `<figcaption>${escape(id)}</figcaption></figure>`,
  );
  const title = `${inspection.dataset}: ${names.join(' and ')}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>${STYLE}</style></head><body>
<h1>${escape(title)}</h1>
<p class="soft">${verdict(findings)}</p>
${found.length === 0 ? '' : `<h2>Findings</h2><ul>${found.join('')}</ul>`}
<h2>Splits</h2>
${table(
  ['', ...names],
  splitRows(inspection).map(([name = '', ...cells]) => row(escape(name), cells)),
)}
<h2>Classes</h2>
<p class="soft">Share of the labelled pixels, and images that show the class.</p>
${table(['', ...names.flatMap((name) => [`${name} pixels`, 'images'])], classes)}
<h2>As the network sees them</h2>
<p class="soft">Crops from the training loader, and their labels: ${escape(augmentation)}.
${swatch(dataset.ignoreLabel)}void and padding.</p>
<div class="sheet">${figures.join('')}</div>
</body></html>
`;
}
