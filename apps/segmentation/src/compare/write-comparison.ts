/** Writes what a comparison has found so far: Markdown, JSON, figure and page. */
import { rasterizeSvg } from '@plumbline/data';
import { renderComparison, writeFileAtomic } from '@plumbline/training';
import { describeConfig } from '../config/describe-config.ts';
import type { ComparisonFolder } from './comparison-folder.ts';
import { comparisonCurves, comparisonFigure } from './figure.ts';
import { comparisonMarkdown, failureFacts, progressLine } from './markdown.ts';
import { describeEntries, describeRuns, titleOf } from './protocol.ts';
import { readResults, type Results } from './results.ts';
import { resultTables, verdict } from './table.ts';

/** `compare.json`: all numbers behind the tables. */
function comparisonJson(results: Results): unknown {
  const { background, protocols, groups, runs } = results;
  return {
    protocol: describeRuns(results),
    entries: describeEntries(results),
    evaluation: protocols,
    backgroundEverywhere: background,
    groups: groups.map(({ runs: members, ...group }) => ({ ...group, runs: members.map(({ id }) => id) })),
    // The curves are in the run folders.
    runs: runs.map((run) => ({ ...run, metrics: undefined })),
  };
}

/** Rewrites compare.md, compare.json, compare.svg, compare.png and compare.html. */
export async function writeComparison(folder: ComparisonFolder): Promise<Results> {
  const results = await readResults(folder);
  const figure = comparisonFigure(results);
  await writeFileAtomic(folder.file('compare.md'), comparisonMarkdown(results));
  await writeFileAtomic(folder.file('compare.json'), `${JSON.stringify(comparisonJson(results), null, 2)}\n`);
  if (figure !== null) {
    await writeFileAtomic(folder.file('compare.svg'), figure);
    await writeFileAtomic(folder.file('compare.png'), await rasterizeSvg(figure));
  }
  const [first] = results.comparison.cells;
  await writeFileAtomic(
    folder.file('compare.html'),
    await renderComparison({
      title: titleOf(results),
      verdict: `${verdict(results)} ${progressLine(results)}.`,
      tables: resultTables(results),
      figure,
      protocol: describeRuns(results),
      entries: describeEntries(results),
      failures: failureFacts(results),
      curves: comparisonCurves(results),
      configuration: first === undefined ? '' : describeConfig(first.config),
    }),
  );
  return results;
}
