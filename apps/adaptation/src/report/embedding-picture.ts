/** Source and target features in one plane, twice: by domain, and by class. */
import { html, legend, type Html } from '@plumbline/training';
import type { ReportEmbedding } from './adaptation-report.ts';
import { classColors } from './class-colors.ts';

const side = 460;
const margin = 14;
const domainColors = { source: '#d9772b', target: '#3d7fd9' } as const;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly domain: 'source' | 'target';
  readonly class: number;
}

/** The images in a square; both axes have one scale, or neighbours would not look like neighbours. */
function dotsOf({ places, sourceLabels, targetPredictions }: ReportEmbedding): Dot[] {
  const all = [...places.source, ...places.target];
  const ends = (values: readonly number[]): [low: number, high: number] => [
    Math.min(...values),
    Math.max(...values),
  ];
  const [left, right] = ends(all.map(({ x }) => x));
  const [low, high] = ends(all.map(({ y }) => y));
  const scale = (side - 2 * margin) / Math.max(right - left, high - low, 1e-9);
  const place = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({
    x: side / 2 + (x - (left + right) / 2) * scale,
    y: side / 2 - (y - (low + high) / 2) * scale,
  });
  const dots = (['source', 'target'] as const).flatMap((domain) =>
    places[domain].map((point): Dot => ({
      ...place(point),
      domain,
      class: (domain === 'source' ? sourceLabels : targetPredictions)[point.index] ?? 0,
    })),
  );
  // Interleaved, so that the domain drawn last does not hide the other.
  return dots
    .map((dot, i) => ({ dot, order: (i * 0.618034) % 1 }))
    .sort((a, b) => a.order - b.order)
    .map(({ dot }) => dot);
}

/** A ring for the source, a filled dot for the target. */
const mark = ({ x, y, domain }: Dot, color: string): Html =>
  domain === 'source'
    ? html`<circle
        cx="${x.toFixed(1)}"
        cy="${y.toFixed(1)}"
        r="3"
        fill="none"
        stroke="${color}"
        stroke-width="1.5"
        opacity="0.8"
      />`
    : html`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.1" fill="${color}" opacity="0.8" />`;

const panel = (title: string, dots: readonly Dot[], colorOf: (dot: Dot) => string): Html =>
  html`<figure class="curve">
    <figcaption>${title}</figcaption>
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" role="img" aria-label="${title}">
      ${dots.map((dot) => mark(dot, colorOf(dot)))}
    </svg>
  </figure>`;

/** Two panels and their legends. */
export function embeddingPicture(embedding: ReportEmbedding, classes: readonly string[]): Html {
  const dots = dotsOf(embedding);
  const colors = classColors(classes.length);
  const domains = [
    { name: 'source (ring)', color: domainColors.source },
    { name: 'target (dot)', color: domainColors.target },
  ];
  const named = classes.map((name, i) => ({ name, color: colors[i] ?? '#8a8f98' }));
  return html`${legend(domains)}
    <div class="panels">
      ${panel('By domain', dots, ({ domain }) => domainColors[domain])}
      ${panel('By class: source as labelled, target as predicted', dots, (dot) => colors[dot.class] ?? '#8a8f98')}
    </div>
    ${legend(named)}`;
}
