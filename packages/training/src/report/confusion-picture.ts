// The confusion matrix as a picture: each row is a true class, its cells say what share of its pixels or images was taken
// for what.

import type { SerializedConfusionMatrix } from '../confusion-matrix.ts';
import { html, Html } from './html.ts';
import type { ReportClass } from './report-content.ts';

/** What was counted. */
export type ConfusionUnit = 'pixel' | 'image';

const cell = 24;
const letter = 6.6;

/** Of each true class, the share of its pixels that was taken for each class; null for a class without a pixel. */
function sharesOfRows({ classes, counts }: SerializedConfusionMatrix): (number[] | null)[] {
  return Array.from({ length: classes }, (_, truth) => {
    const row = counts.slice(truth * classes, (truth + 1) * classes);
    const total = row.reduce((sum, value) => sum + value, 0);
    return total > 0 ? row.map((value) => value / total) : null;
  });
}

const namer =
  (classes: readonly ReportClass[]) =>
  (index: number): string =>
    classes[index]?.name ?? `class ${index}`;

/** Whole percent; what would round to 0 is left out, and only all of a row is 100. */
const written = (share: number): string => String(Math.min(Math.round(100 * share), share < 1 ? 99 : 100));

/** The picture as an element of the report, in the colours of its page. */
export function confusionPicture(
  classes: readonly ReportClass[],
  matrix: SerializedConfusionMatrix,
  unit: ConfusionUnit = 'pixel',
): Html {
  const { width, height, body } = draw(classes, matrix, unit);
  return html`<svg
    class="confusion"
    style="--natural:${width}px"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="Confusion matrix"
  >
    ${body}
  </svg>`;
}

/** The picture as an SVG file of its own; `protocol` says below it how it was measured. */
export function confusionSvg(
  classes: readonly ReportClass[],
  matrix: SerializedConfusionMatrix,
  protocol: string,
  unit: ConfusionUnit = 'pixel',
): string {
  const { width, height, body } = draw(classes, matrix, unit);
  const lines = wrap(
    `Percent of the true class's ${unit}s (rows) taken for each class (columns). ${protocol}`,
    width,
  );
  const text = lines.map(
    (line, i) => html`<text class="note" x="12" y="${height + 24 + 17 * i}">${line}</text>`,
  );
  const whole = height + 24 + 17 * lines.length;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      class="confusion"
      viewBox="0 0 ${width} ${whole}"
      width="${Math.round(1.5 * width)}"
      height="${Math.round(1.5 * whole)}"
    >
      <style>
        ${new Html(standaloneStyle)}
      </style>
      <rect width="${width}" height="${whole}" fill="#ffffff" />
      ${body}${text}
    </svg> `.text
  );
}

const standaloneStyle =
  'text { font: 11.5px system-ui, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif; fill: #1b1f24; } ' +
  '.confusion .number { font-size: 9.5px; } .confusion .strong { fill: #ffffff; } .absent, .note { fill: #5d6670; } ' +
  '.frame { fill: #ffffff; stroke: #e3e5e8; } .hit { fill: #2f9e7a; } .miss { fill: #d05a3c; } .without { fill: #eceef1; }';

function draw(
  classes: readonly ReportClass[],
  matrix: SerializedConfusionMatrix,
  unit: ConfusionUnit,
): { width: number; height: number; body: Html } {
  const count = matrix.classes;
  const name = namer(classes);
  const indices = Array.from({ length: count }, (_, i) => i);
  const longest = letter * Math.max(...indices.map((i) => name(i).length));
  const left = Math.ceil(longest + 18);
  // Names of columns stand at 60 degrees.
  const top = Math.ceil(0.87 * longest + 20);
  const right = Math.ceil(0.5 * longest + 8);
  const side = count * cell;
  const middle = (origin: number, i: number): number => origin + (i + 0.5) * cell;
  const rows = sharesOfRows(matrix).map((shares, truth) => {
    const y = middle(top, truth);
    const label = html`<text
      class="${shares === null ? 'absent' : 'class'}"
      x="${left - 8}"
      y="${y}"
      text-anchor="end"
      dominant-baseline="central"
      >${name(truth)}</text
    >`;
    if (shares === null)
      return html`${label}<rect
          class="without"
          x="${left + 1}"
          y="${top + truth * cell + 1}"
          width="${side - 2}"
          height="${cell - 2}"
          rx="2"
          ><title>${name(truth)}: no true ${unit}, not defined</title></rect
        ><text class="absent" x="${left + side / 2}" y="${y}" text-anchor="middle" dominant-baseline="central"
          >no true ${unit}: not defined</text
        >`;
    const cells = shares.map((share, prediction) => {
      if (share < 0.005) return null;
      // The square root makes small confusions visible beside the diagonal.
      const ink = Math.sqrt(share);
      return html`<rect
          class="${truth === prediction ? 'hit' : 'miss'}"
          x="${left + prediction * cell + 1}"
          y="${top + truth * cell + 1}"
          width="${cell - 2}"
          height="${cell - 2}"
          rx="2"
          opacity="${ink.toFixed(3)}"
          ><title>${name(truth)} taken for ${name(prediction)}: ${(100 * share).toFixed(1)} %</title></rect
        ><text
          class="number${ink > 0.7 && ' strong'}"
          x="${middle(left, prediction)}"
          y="${y}"
          text-anchor="middle"
          dominant-baseline="central"
          pointer-events="none"
          >${written(share)}</text
        >`;
    });
    return html`${label}${cells}`;
  });
  const columns = indices.map(
    (prediction) =>
      html`<text
        class="class"
        transform="translate(${middle(left, prediction)} ${top - 8}) rotate(-60)"
        dominant-baseline="central"
        >${name(prediction)}</text
      >`,
  );
  const body = html`<rect
      class="frame"
      x="${left}"
      y="${top}"
      width="${side}"
      height="${side}"
    />${columns}${rows}`;
  return { width: left + side + right, height: top + side + 2, body };
}

/** Lines of at most so many pixels. */
function wrap(text: string, width: number): string[] {
  const most = Math.max(20, Math.floor((width - 24) / letter));
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const most = 10;

/** The largest shares of a class that were taken for another, in words. */
export function worstConfusions(classes: readonly ReportClass[], matrix: SerializedConfusionMatrix): Html {
  const name = namer(classes);
  const confusions = sharesOfRows(matrix)
    .flatMap((shares, truth) => (shares ?? []).map((share, prediction) => ({ truth, prediction, share })))
    .filter(({ truth, prediction, share }) => truth !== prediction && share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, most);
  return html`<table class="worst">
    <thead>
      <tr>
        <th scope="col">true class</th>
        <th scope="col">taken for</th>
        <th scope="col">share</th>
      </tr>
    </thead>
    <tbody>
      ${confusions.map(
        ({ truth, prediction, share }) =>
          html`<tr>
            <td>${name(truth)}</td>
            <td>${name(prediction)}</td>
            <td>${(100 * share).toFixed(0)} %</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
