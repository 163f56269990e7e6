/** A classification run as one page of HTML: no script, readable in a light and in a dark room, and on paper. */
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
  type MetricsRecord,
  type ReportFacts,
  type ReportScore,
} from '@plumbline/training';
import type { InsideRecord } from '../inside/inside-record.ts';
import { insidePictures } from '../inside/inside-pictures.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { classificationCurves } from './classification-curves.ts';

/** What the report shows: plain data, from which the page is made without a look at a network. */
export interface ClassificationReport {
  readonly summary: RunSummary;
  /** What someone needs to get the same numbers. */
  readonly protocol: ReportFacts;
  readonly metrics: readonly MetricsRecord[];
  /** In the order of their steps; empty: not measured. */
  readonly inside: readonly InsideRecord[];
  /** Names by class index. */
  readonly classes: readonly string[];
  /** Of the test images after the last step: K×K counts, row-major, a row per true class. */
  readonly confusion: ArrayLike<number>;
  readonly environment: ReportFacts;
  /** Resolved, as text. */
  readonly configuration: string;
}

/** A matrix of more classes shows nothing. */
const MOST_CLASSES = 40;
/** From so many on it is too wide to stand beside its list. */
const WIDE = 15;

function scoresOf({ top1, top5, crossEntropy, best, step, protocol }: RunSummary): ReportScore[] {
  return [
    { label: 'top-1 accuracy', value: percent(top1), protocol },
    ...(top5 === null ? [] : [{ label: 'top-5 accuracy', value: percent(top5), protocol }]),
    { label: 'cross-entropy', value: crossEntropy.toFixed(3), protocol: `test images, step ${step}` },
    {
      label: 'top-1 accuracy, best evaluation',
      value: percent(best.top1),
      protocol: `step ${best.step}, chosen by the images that it is scored by`,
    },
  ];
}

function confusionSection({ classes, confusion }: ClassificationReport): Html | false {
  if (classes.length > MOST_CLASSES) return false;
  const matrix = { classes: classes.length, ignoreLabel: -1, counts: Array.from(confusion) };
  const named = classes.map((name) => ({ name, color: '' }));
  return section(
    'Confusion',
    'Of the test images after the last step. Rows: the true class. Columns: what its images were taken for, in percent of the row.',
    html`<div class="confusions${classes.length > WIDE && ' stacked'}">
      ${confusionPicture(named, matrix, 'image')}${worstConfusions(named, matrix)}
    </div>`,
  );
}

const insideSection = ({ inside }: ClassificationReport): Html | false =>
  inside.length > 0 &&
  section(
    'Inside the network',
    'Measured in training mode on always the same training images, at the beginning and at each evaluation.',
    html`${insidePictures(inside).map(
      ({ svg }) => html`<figure class="plot">${new Html(svg.replace(/^<\?xml[^>]*>\s*/, ''))}</figure>`,
    )}`,
  );

/** The whole page. */
export async function renderClassificationReport(report: ClassificationReport): Promise<string> {
  const { summary, protocol, metrics, environment, configuration } = report;
  const charts = await Promise.all(classificationCurves(metrics).map(async (curve) => chart(curve)));
  return page(
    `${summary.dataset}: ${summary.network} with ${summary.recipe}`,
    `${percent(summary.top1)} of the test images are classified right after ${summary.step} steps of ${summary.batchSize * summary.accumulate} images.`,
    html`${scoreCards(scoresOf(summary))} ${section('Protocol', summary.protocol, facts(protocol))}
      ${charts.length > 0 && section('Curves', null, html`<div class="curves">${charts}</div>`)}
      ${insideSection(report)} ${confusionSection(report)} ${section('Environment', null, facts(environment))}
      <details>
        <summary>Configuration</summary>
        <pre>${configuration}</pre>
      </details>`,
  );
}
