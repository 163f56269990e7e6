// The confusion matrix as a picture: each row is a true class, its cells say what its pixels were taken for.

import type { SerializedConfusionMatrix } from '../confusion-matrix.ts';
import { html, type Html } from './html.ts';
import type { ReportClass } from './report-content.ts';

const cell = 20;
const labels = 96;

/** Of each true class, the share of its pixels that was taken for each class. */
function sharesOfRows({ classes, counts }: SerializedConfusionMatrix): number[][] {
  return Array.from({ length: classes }, (_, truth) => {
    const row = counts.slice(truth * classes, (truth + 1) * classes);
    const total = row.reduce((sum, value) => sum + value, 0);
    return row.map((value) => (total > 0 ? value / total : 0));
  });
}

const namer =
  (classes: readonly ReportClass[]) =>
  (index: number): string =>
    classes[index]?.name ?? `class ${index}`;

export function confusionPicture(classes: readonly ReportClass[], matrix: SerializedConfusionMatrix): Html {
  const count = matrix.classes;
  const name = namer(classes);
  const size = labels + count * cell;
  const indices = Array.from({ length: count }, (_, i) => i);
  const middle = (i: number): number => labels + (i + 0.5) * cell;
  const rows = sharesOfRows(matrix).map((shares, truth) => {
    const cells = shares.map((share, prediction) => {
      if (share < 0.005) return null;
      // The square root makes small confusions visible beside the diagonal.
      const ink = Math.sqrt(share).toFixed(3);
      return html`<rect
        class="${truth === prediction ? 'hit' : 'miss'}"
        x="${labels + prediction * cell + 1}"
        y="${labels + truth * cell + 1}"
        width="${cell - 2}"
        height="${cell - 2}"
        rx="2"
        opacity="${ink}"
        ><title>${name(truth)} taken for ${name(prediction)}: ${(100 * share).toFixed(1)} %</title></rect
      >`;
    });
    return html`<text x="${labels - 6}" y="${middle(truth)}" text-anchor="end" dominant-baseline="central"
        >${name(truth)}</text
      >${cells}`;
  });
  const columns = indices.map(
    (prediction) =>
      html`<text
        transform="translate(${middle(prediction)} ${labels - 6}) rotate(-60)"
        dominant-baseline="central"
        >${name(prediction)}</text
      >`,
  );
  return html`<svg
    class="confusion"
    viewBox="0 0 ${size + labels / 2} ${size + 1}"
    role="img"
    aria-label="Confusion matrix"
  >
    <rect class="frame" x="${labels}" y="${labels}" width="${count * cell}" height="${count * cell}" />
    ${columns}${rows}
  </svg>`;
}

const most = 10;

/** The largest shares of a class that were taken for another, in words. */
export function worstConfusions(classes: readonly ReportClass[], matrix: SerializedConfusionMatrix): Html {
  const name = namer(classes);
  const confusions = sharesOfRows(matrix)
    .flatMap((shares, truth) => shares.map((share, prediction) => ({ truth, prediction, share })))
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
