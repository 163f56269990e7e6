/** A comparison as Markdown. */
import { perStep } from './cells.ts';
import { describeEntries, describeRuns, titleOf } from './protocol.ts';
import type { Results } from './results.ts';
import { resultTables, verdict, type Table } from './table.ts';

const escaped = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

const tableOf = ({ title, note, head, rows }: Table): string =>
  [
    `## ${title}`,
    '',
    note,
    '',
    row(head),
    row(head.map((_, i) => (i === 0 ? '---' : '--:'))),
    ...rows.map(row),
    '',
  ].join('\n');

const list = (facts: Readonly<Record<string, string | number>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `- **${name}:** ${value}`)
    .join('\n');

/** Reasons of the runs without a score; seeds that share one are named together. */
export function failureFacts({ groups }: Results): Record<string, string> {
  const facts = groups.flatMap(({ label, batchSize, runs }) => {
    const reasons = new Set(
      runs.flatMap(({ state, reason }) => (reason === null ? [] : [`${state}: ${reason}`])),
    );
    return [...reasons].map((sentence) => {
      const seeds = runs
        .filter(({ state, reason }) => `${state}: ${reason}` === sentence)
        .map(({ seed }) => seed);
      const name = `${label}, ${perStep(batchSize)}, seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}`;
      return [name, sentence] as const;
    });
  });
  return Object.fromEntries(facts);
}

/** `3 of 24 runs finished, 1 without a score` */
export function progressLine({ runs }: Results): string {
  const finished = runs.filter(({ state }) => state === 'finished').length;
  const failed = runs.filter(({ reason }) => reason !== null).length;
  return `${finished} of ${runs.length} runs finished${failed === 0 ? '' : `, ${failed} without a score`}`;
}

export function comparisonMarkdown(results: Results): string {
  const failures = failureFacts(results);
  return [
    `# ${titleOf(results)}`,
    '',
    `${verdict(results)} ${progressLine(results)}.`,
    '',
    ...(results.groups.some(({ meanIoU }) => meanIoU !== null)
      ? ['![mean IoU against images per step](compare.png)', '']
      : []),
    ...resultTables(results).map(tableOf),
    ...(Object.keys(failures).length === 0 ? [] : ['## Runs without a score', '', list(failures), '']),
    '## Protocol',
    '',
    list(describeRuns(results)),
    '',
    '## Entries',
    '',
    list(describeEntries(results)),
    '',
  ].join('\n');
}
