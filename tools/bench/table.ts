/** Tables of Markdown, numbers at the right. */

export interface Table {
  readonly title: string;
  /** What is in it, as sentences. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function markdown({ title, note, columns, rows }: Table): string {
  const widths = columns.map((name, k) =>
    Math.max(3, name.length, ...rows.map((row) => (row[k] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, k) => (cells[k] ?? '').padStart(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`;
  return [`## ${title}`, '', note, '', line(columns), rule, ...rows.map(line)].join('\n');
}

const MISSING = '–';

const shown = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : MISSING;

export const milliseconds = (value: number): string => shown(value, value < 100 ? 1 : 0);
export const ratio = (own: number, base: number): string => shown(own / base, 2);
export const gigabytes = (bytes: number): string => shown(bytes / 1e9, 2);
export const seconds = (value: number): string => shown(value, 1);
export const perSecond = (value: number): string => shown(value, 1);
export const share = (value: number): string =>
  Number.isFinite(value) ? `${shown(100 * value, 0)} %` : MISSING;
