/** What an inspection found, as text for a terminal. */
import type { DatasetInspection, Finding, SplitInspection } from '@plumbline/data';

const SHOWN = 20;

const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(part / whole < 0.0995 ? 2 : 1)} %`;

/** `width 142–500, height 164–500`. */
export const sizeRange = ({ sizes }: SplitInspection): string =>
  sizes === null ? '–' : `width ${sizes.width.join('–')}, height ${sizes.height.join('–')}`;

/** The rows of the class table: name, and for each split the share of labelled pixels and the images. */
export const classRows = ({ splits }: DatasetInspection): string[][] =>
  (splits[0]?.classes ?? []).map(({ name }, index) => [
    name,
    ...splits.flatMap(({ classes, pixels, voidPixels }) => {
      const entry = classes[index];
      return [share(entry?.pixels ?? 0, pixels - voidPixels), String(entry?.images ?? 0)];
    }),
  ]);

/** The rows of the table of splits: what is counted, and its number in each split. */
export const splitRows = ({ splits }: DatasetInspection): string[][] => [
  ['images', ...splits.map(({ images }) => String(images))],
  ['without an error', ...splits.map(({ soundImages }) => String(soundImages))],
  ['void share', ...splits.map(({ voidPixels, pixels }) => share(voidPixels, pixels))],
  ['masks without void', ...splits.map(({ masksWithoutVoid }) => String(masksWithoutVoid))],
  ['size in pixels', ...splits.map(sizeRange)],
];

/** `2 errors, 1 warning`. */
export function verdict(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  return `${count('error')}, ${count('warning')}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

export function inspectionText(inspection: DatasetInspection): string {
  const { dataset, splits, findings } = inspection;
  const names = splits.map(({ split }) => split);
  const shown = findings
    .slice(0, SHOWN)
    .map(({ severity, kind, message }) => `${severity} (${kind}): ${message}`);
  if (findings.length > SHOWN)
    shown.push(`… and ${findings.length - SHOWN} more: the page and the JSON list all.`);
  return [
    table([[dataset, ...names], ...splitRows(inspection)]),
    table([['class', ...names.flatMap((name) => [`${name} pixels`, 'images'])], ...classRows(inspection)]),
    ...(shown.length === 0 ? [] : [shown.join('\n')]),
    `${verdict(findings)}.`,
  ].join('\n\n');
}
