/** A comparison as Markdown. */
import {
  describeRunStates,
  failureFacts as reasons,
  markdownList,
  markdownTable,
  type ReportFacts,
} from '@plumbline/training';
import { perStep } from './cells.ts';
import { describeEntries, describeRuns, titleOf } from './protocol.ts';
import type { Results } from './results.ts';
import { resultTables, verdict } from './table.ts';

/** Reasons of the runs without a score; seeds that share one are named together. */
export const failureFacts = ({ groups }: Results): ReportFacts =>
  reasons(
    groups.flatMap(({ label, batchSize, runs }) =>
      runs.map((run) => ({ ...run, group: `${label}, ${perStep(batchSize)}` })),
    ),
  );

/** `3 of 24 runs finished, 1 without a score` */
export const progressLine = ({ runs }: Results): string => describeRunStates(runs);

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
    ...resultTables(results).map(markdownTable),
    ...(Object.keys(failures).length === 0
      ? []
      : ['## Runs without a score', '', markdownList(failures), '']),
    '## Protocol',
    '',
    markdownList(describeRuns(results)),
    '',
    '## Entries',
    '',
    markdownList(describeEntries(results)),
    '',
  ].join('\n');
}
