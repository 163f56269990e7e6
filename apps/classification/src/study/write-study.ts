/** Writes what a study has found so far: Markdown, JSON, CSV, figures and page. */
import { rasterizeSvg } from '@plumbline/data';
import { csv, markdownList, markdownTable, renderComparison, writeFileAtomic } from '@plumbline/training';
import { describeConfig } from '@plumbline/training/config';
import { configSchema } from '../config/config.ts';
import { studyCurves, studyFigures, type StudyFigure } from './figure.ts';
import { insideFigures, type PageFigure } from './inside-figures.ts';
import { describeFailures, describeRecipes, describeRuns, titleOf } from './protocol.ts';
import { readResults, type Results } from './results.ts';
import { noiseFigures } from './noise.ts';
import type { StabilityStudy } from './stability-study.ts';
import { resultTables } from './tables.ts';
import { verdict } from './verdict.ts';

function studyMarkdown(results: Results, figures: readonly StudyFigure[]): string {
  const failures = describeFailures(results);
  return [
    `# ${titleOf(results)}`,
    '',
    verdict(results),
    '',
    ...figures.flatMap(({ name, title }) => [`![${title}, by recipe](${name}.png)`, '']),
    ...resultTables(results).map(markdownTable),
    ...(Object.keys(failures).length === 0
      ? []
      : ['## Runs without a result', '', markdownList(failures), '']),
    '## Protocol',
    '',
    markdownList(describeRuns(results)),
    '',
  ].join('\n');
}

/** `study.json`: all numbers behind the tables. The curves are in the run folders. */
const studyJson = (results: Results): unknown => ({
  verdict: verdict(results),
  protocol: describeRuns(results),
  tables: resultTables(results),
  runs: results.runs.map((run) => ({ ...run, config: undefined, metrics: undefined, inside: undefined })),
});

/** `study.csv`: a line for every run in every place of the tables; errors are shares. */
const studyCsv = ({ runs }: Results): string =>
  csv(
    [
      ...['protocol', 'recipe', 'batch', 'seed', 'state', 'top1Error', 'bestTop1Error', 'crossEntropy'],
      ...['trainingLoss', 'steps', 'seconds', 'run', 'reason'],
    ],
    runs.flatMap(({ places, recipe, seed, state, summary, id, reason }) =>
      places.map(({ protocol, batch }) => [
        ...[protocol, recipe, batch, seed, state],
        ...(summary === null
          ? [null, null, null, null, null, null]
          : [
              ...[Number((1 - summary.top1).toFixed(6)), Number((1 - summary.best.top1).toFixed(6))],
              ...[summary.crossEntropy, summary.trainingLoss, summary.step, summary.seconds],
            ]),
        ...[id, reason],
      ]),
    ),
  );

async function studyPage(
  results: Results,
  figures: readonly StudyFigure[],
  noise: readonly PageFigure[],
): Promise<string> {
  const [main, ...others] = figures;
  const more: PageFigure[] = [
    ...others.map(({ title, svg }) => ({ title, note: '', svg })),
    ...noise,
    ...insideFigures(results),
  ];
  const [first] = results.runs;
  return renderComparison({
    title: titleOf(results),
    verdict: verdict(results),
    tables: resultTables(results),
    figure: main?.svg ?? null,
    moreFigures: more,
    protocol: describeRuns(results),
    protocolNote: 'What all runs have in common.',
    entries: describeRecipes(results),
    failures: describeFailures(results),
    curves: studyCurves(results),
    configuration: first === undefined ? '' : describeConfig(configSchema, first.config),
  });
}

/** Rewrites study.md, study.json, study.csv, the figures and study.html. */
export async function writeStudy(study: StabilityStudy): Promise<Results> {
  const results = await readResults(study);
  const figures = studyFigures(results);
  await writeFileAtomic(study.file('study.md'), studyMarkdown(results, figures));
  await writeFileAtomic(study.file('study.json'), `${JSON.stringify(studyJson(results), null, 2)}\n`);
  await writeFileAtomic(study.file('study.csv'), studyCsv(results));
  for (const { name, svg } of figures) {
    await writeFileAtomic(study.file(`${name}.svg`), svg);
    await writeFileAtomic(study.file(`${name}.png`), await rasterizeSvg(svg));
  }
  await writeFileAtomic(
    study.file('study.html'),
    await studyPage(results, figures, await noiseFigures(study, results)),
  );
  return results;
}
