/** Writes what a sweep has found so far: Markdown, JSON, CSV, figures and page. */
import { rasterizeSvg } from '@plumbline/data';
import {
  csv,
  describeRunStates,
  markdownList,
  markdownTable,
  renderComparison,
  writeFileAtomic,
} from '@plumbline/training';
import { describeConfig } from '@plumbline/training/config';
import { configSchema } from '../config/config.ts';
import type { AdaptationSweep } from './adaptation-sweep.ts';
import { folderName } from './cells.ts';
import { sweepCurves, sweepFigure } from './figure.ts';
import { driftFigures } from './drift-figures.ts';
import { describeFailures, describeMethods, describeRuns, titleOf } from './protocol.ts';
import { gainOf, readResults, type Results } from './results.ts';
import { resultTables, verdict } from './tables.ts';

/** `3 of 24 runs finished.` after the verdict. */
export const summaryOf = (results: Results): string =>
  `${verdict(results)} ${describeRunStates(results.runs)}.`;

function sweepMarkdown(results: Results, pictures: readonly string[]): string {
  const failures = describeFailures(results);
  return [
    `# ${titleOf(results)}`,
    '',
    summaryOf(results),
    '',
    ...pictures.flatMap((name) => [`![target accuracy by method and recipe](${name}.png)`, '']),
    ...resultTables(results).map(markdownTable),
    ...(Object.keys(failures).length === 0
      ? []
      : ['## Runs without a score', '', markdownList(failures), '']),
    '## Protocol',
    '',
    markdownList(describeRuns(results)),
    '',
    '## Methods',
    '',
    markdownList(describeMethods(results)),
    '',
  ].join('\n');
}

/** `sweep.json`: all numbers behind the tables. The curves are in the run folders. */
const sweepJson = (results: Results): unknown => ({
  validator: results.validator,
  protocol: describeRuns(results),
  methods: describeMethods(results),
  tables: resultTables(results),
  runs: results.runs.map((run) => ({ ...run, config: undefined, metrics: undefined, drift: undefined })),
});

/** `sweep.csv`: a line for every run; accuracies are shares. */
function sweepCsv(results: Results): string {
  const { validator } = results;
  return csv(
    [
      ...[
        'task',
        'method',
        'recipe',
        'domainBatching',
        'seed',
        'state',
        'last',
        'gainOverSourceOnly',
        'before',
      ],
      ...[
        'validator',
        'chosen',
        'chosenStep',
        'oracle',
        'oracleStep',
        'sourceValidation',
        'steps',
        'seconds',
        'reason',
      ],
    ],
    results.runs.map((run) => {
      const { task, method, recipe, batching, seed, state, summary, reason } = run;
      const choice = summary?.chosen[validator];
      return [
        ...[
          task,
          method,
          recipe,
          batching,
          seed,
          state,
          summary?.last,
          gainOf(results, run),
          summary?.before,
        ],
        ...[validator, choice?.accuracy, choice?.step, summary?.oracle.accuracy, summary?.oracle.step],
        ...[summary?.sourceValidationAccuracy, summary?.step, summary?.seconds, reason],
      ];
    }),
  );
}

/** The figures by the names of their files: one for a single task, else one for each and the average before them. */
function figures(results: Results): { name: string; svg: string }[] {
  const { tasks } = results;
  const [only] = tasks;
  const wanted: [name: string, task: string | null][] =
    tasks.length === 1 && only !== undefined
      ? [['sweep', only]]
      : [['sweep', null], ...tasks.map((task): [string, string] => [`sweep-${folderName(task)}`, task])];
  return wanted.flatMap(([name, task]) => {
    const svg = sweepFigure(results, task);
    return svg === null ? [] : [{ name, svg }];
  });
}

/** Rewrites sweep.md, sweep.json, sweep.csv, the figures and sweep.html. */
export async function writeSweep(sweep: AdaptationSweep): Promise<Results> {
  const results = await readResults(sweep);
  const drawn = figures(results);
  const drifts = driftFigures(results);
  const pictures = drawn.map(({ name }) => name);
  await writeFileAtomic(sweep.file('sweep.md'), sweepMarkdown(results, pictures));
  await writeFileAtomic(sweep.file('sweep.json'), `${JSON.stringify(sweepJson(results), null, 2)}\n`);
  await writeFileAtomic(sweep.file('sweep.csv'), sweepCsv(results));
  const pictured = [...drawn, ...drifts.map(({ task, svg }) => ({ name: `drift-${folderName(task)}`, svg }))];
  for (const { name, svg } of pictured) {
    await writeFileAtomic(sweep.file(`${name}.svg`), svg);
    await writeFileAtomic(sweep.file(`${name}.png`), await rasterizeSvg(svg));
  }
  const [first] = results.runs;
  await writeFileAtomic(
    sweep.file('sweep.html'),
    await renderComparison({
      title: titleOf(results),
      verdict: summaryOf(results),
      tables: resultTables(results),
      figure: drawn[0]?.svg ?? null,
      moreFigures: drifts.map(({ task, svg }) => ({
        title: `Drift through the network, ${task}`,
        note: 'How far the target’s activations lie from the source’s, layer by layer, under each normalization.',
        svg,
      })),
      protocol: describeRuns(results),
      protocolNote: 'What all runs have in common.',
      entries: describeMethods(results),
      failures: describeFailures(results),
      curves: sweepCurves(results),
      configuration: first === undefined ? '' : describeConfig(configSchema, first.config),
    }),
  );
  return results;
}
