/** An adaptation run as one page of HTML: no network, no script, readable in a light and in a dark room, and on paper. */
import type { ADistance } from '@plumbline/adaptation';
import {
  chart,
  confusionPicture,
  facts,
  Html,
  html,
  page,
  percent,
  scoreCards,
  section,
  worstConfusions,
  type ReportScore,
  type SerializedConfusionMatrix,
} from '@plumbline/training';
import type { RunSummary } from '../results/run-summary.ts';
import { trainingCurvesOf, validatorCurves } from './adaptation-curves.ts';
import type { AdaptationReport } from './adaptation-report.ts';
import { driftComparisonSvg } from './drift-picture.ts';
import { embeddingPicture } from './embedding-picture.ts';
import { selectionTable } from './selection-table.ts';

/** The whole page. */
export async function renderAdaptationReport(report: AdaptationReport): Promise<string> {
  const { summary, protocol, metrics, classes, embedding, drift, environment, configuration } = report;
  const [training, validators] = await Promise.all(
    [trainingCurvesOf(metrics), validatorCurves(metrics)].map(async (curves) =>
      Promise.all(curves.map(async (curve) => chart(curve))),
    ),
  );
  const curves = (charts: readonly Html[]): Html => html`<div class="curves">${charts}</div>`;
  return page(
    `${summary.task}: ${summary.method} with ${summary.recipe}`,
    verdict(summary),
    html`${scoreCards(scoresOf(report))} ${section('Protocol', summary.protocol, facts(protocol))}
      ${section(
        'Choice of the step',
        'A validator chooses the evaluation with its highest score, and sees no label of the target. The oracle is what the best ' +
          'choice would have given: a bound, not a result.',
        selectionTable(summary),
      )}
      ${
        (training ?? []).length > 0 &&
        section(
          'Curves',
          'The target’s accuracy needs its labels: it is shown to judge the run, and nothing in the run knew it.',
          curves(training ?? []),
        )
      }
      ${
        (validators ?? []).length > 0 &&
        section(
          'What the validators said',
          'Higher is better for each of them; scores of different validators do not compare.',
          curves(validators ?? []),
        )
      }
      ${confusionSection(report)}
      ${
        embedding !== null &&
        section(
          'Features',
          'UMAP of the features that the classifier sees, by the evaluation transform. Who is whose neighbour means something; ' +
            'distances between groups and their sizes do not. The target’s true classes are withheld, so it has the predicted ones.',
          embeddingPicture(embedding, classes),
        )
      }
      ${
        drift !== null &&
        drift.length > 0 &&
        section(
          'Drift through the network',
          'How far the target’s activations lie from the source’s before every rectifier, as a mean over channels, in inference mode.',
          html`<figure class="plot">${new Html(driftSvg(summary.recipe, report))}</figure>`,
        )
      }
      ${section('Environment', null, facts(environment))}
      <details>
        <summary>Configuration</summary>
        <pre>${configuration}</pre>
      </details>`,
  );
}

const driftSvg = (recipe: string, { drift, summary }: AdaptationReport): string =>
  driftComparisonSvg(
    { [recipe]: drift ?? [] },
    { title: `Drift of target activations with ${recipe}`, caption: summary.protocol },
  ).replace(/^<\?xml[^>]*>\s*/, '');

/** The result in one sentence, the oracle in a second one. */
function verdict({ last, step, oracle, before }: RunSummary): string {
  return (
    `${percent(last)} of the target’s images are classified right after the last of ${step} steps` +
    `${before === null ? '' : `, ${percent(before)} before adapting at the end`}. ` +
    (oracle.accuracy > last
      ? `Someone who knew its labels would have stopped at step ${oracle.step} with ${percent(oracle.accuracy)}.`
      : 'No evaluation before was better.')
  );
}

function scoresOf({ summary, aDistance }: AdaptationReport): ReportScore[] {
  const { last, step, oracle, sourceValidationAccuracy, chosen } = summary;
  const bySource = chosen.sourceAccuracy;
  return [
    { label: 'target accuracy, last', value: percent(last), protocol: `step ${step}, chosen by nobody` },
    ...(bySource === undefined
      ? []
      : [
          {
            label: 'target accuracy, chosen by source validation',
            value: percent(bySource.accuracy),
            protocol: `step ${bySource.step}, without target labels`,
          },
        ]),
    {
      label: 'target accuracy, oracle',
      value: percent(oracle.accuracy),
      protocol: `step ${oracle.step}, chosen with the target’s labels: no result`,
    },
    {
      label: 'source validation accuracy',
      value: percent(sourceValidationAccuracy),
      protocol: `step ${step}, source images that were not trained on`,
    },
    ...(aDistance === null ? [] : [aDistanceScore(aDistance)]),
  ];
}

const aDistanceScore = ({ distance, error, heldOut, isSaturated }: ADistance): ReportScore => ({
  label: 'proxy A-distance, 0 to 2',
  value: distance.toFixed(2),
  protocol:
    `a linear probe mistakes the domain of ${percent(error)} of ${heldOut} held-out images` +
    (isSaturated ? ': it is at its end, and says only that the domains can be told apart' : ''),
});

function confusionSection({ classes, confusion }: AdaptationReport): Html {
  const matrix: SerializedConfusionMatrix = {
    classes: classes.length,
    ignoreLabel: -1,
    counts: Array.from(confusion),
  };
  const named = classes.map((name) => ({ name, color: '' }));
  return section(
    'Confusion',
    'Of the target’s images after the last step. Rows: the true class. Columns: what its images were taken for, in percent of the row.',
    html`<div class="confusions${classes.length > 15 && ' stacked'}">
      ${confusionPicture(named, matrix, 'image')}${worstConfusions(named, matrix)}
    </div>`,
  );
}
