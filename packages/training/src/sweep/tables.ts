// Results of a sweep as text: numbers with their spread, tables for a console and for Markdown, and what has no number.

import type { ComparisonTable } from '../report/render-comparison.ts';
import type { ReportFacts } from '../report/report-content.ts';
import type { Spread } from './statistics.ts';
import type { SweepState } from './sweep-cell.ts';

/** `42.3 ± 0.8`, in percent; the number of values where it is not `expected`. */
export function formatSpread({ mean, sd, n }: Spread, expected: number, digits = 1): string {
  const value = (100 * mean).toFixed(digits) + (sd === null ? '' : ` ± ${(100 * sd).toFixed(digits)}`);
  return n === expected ? value : `${value} (n = ${n})`;
}

/** `+3.2 ± 0.8`, `−0.4 ± 1.1`: a difference of two shares, in points. */
export function formatChange(change: Spread, expected: number, digits = 1): string {
  const text = formatSpread(change, expected, digits).replace(/^-/, '−');
  return text.startsWith('−') ? text : `+${text}`;
}

/** `mean ± standard deviation over 3 seeds (n = 3)`; without a spread where there is one seed. */
export const describeSeeds = (seeds: number): string =>
  seeds === 1
    ? 'one seed (n = 1): what another seed would change is not known'
    : `mean ± sample standard deviation over ${seeds} seeds; n = ${seeds} unless said`;

/** What stands where none of the runs has a number. */
export function withoutScore(runs: readonly { readonly state: SweepState }[]): string {
  for (const state of ['diverged', 'refused', 'not applicable', 'stopped'] as const) {
    if (runs.some((run) => run.state === state)) return state === 'stopped' ? 'unfinished' : state;
  }
  return '…';
}

/** `3 of 24 runs finished, 1 without a score` */
export function describeRunStates(runs: readonly { readonly state: SweepState }[]): string {
  const finished = runs.filter(({ state }) => state === 'finished').length;
  const failed = runs.filter(({ state }) => !['finished', 'stopped', 'waiting'].includes(state)).length;
  return `${finished} of ${runs.length} runs finished${failed === 0 ? '' : `, ${failed} without a score`}`;
}

/** A run without a score, in a group of runs that differ in nothing but the seed. */
export interface FailedRun {
  readonly group: string;
  readonly seed: number;
  readonly state: SweepState;
  readonly reason: string | null;
}

/** Reasons of the runs without a score; seeds that share one are named together. */
export function failureFacts(runs: readonly FailedRun[]): ReportFacts {
  const seeds = new Map<string, { group: string; sentence: string; seeds: number[] }>();
  for (const { group, seed, state, reason } of runs) {
    if (reason === null) continue;
    const sentence = `${state}: ${reason}`;
    const key = JSON.stringify([group, sentence]);
    const known = seeds.get(key) ?? { group, sentence, seeds: [] };
    known.seeds.push(seed);
    seeds.set(key, known);
  }
  return Object.fromEntries(
    [...seeds.values()].map(({ group, sentence, seeds: all }) => [
      `${group}, seed${all.length === 1 ? '' : 's'} ${all.join(', ')}`,
      sentence,
    ]),
  );
}

/** The first column flush left, the others right, as a console shows them. */
export function textTable({ head, rows }: ComparisonTable): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
const markdownRow = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

/** With its title as a heading, and its note. */
export const markdownTable = ({ title, note, head, rows }: ComparisonTable): string =>
  [
    `## ${title}`,
    '',
    note,
    '',
    markdownRow(head),
    markdownRow(head.map((_, i) => (i === 0 ? '---' : '--:'))),
    ...rows.map(markdownRow),
    '',
  ].join('\n');

export const markdownList = (facts: ReportFacts): string =>
  Object.entries(facts)
    .map(([name, value]) => `- **${name}:** ${value}`)
    .join('\n');

/** Lines of comma-separated values, quoted where they need it; null and undefined are empty. */
export function csv(
  head: readonly string[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string {
  const field = (value: string | number | null | undefined): string => {
    const text = String(value ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}
