// The scores of each class, as a table with bars.

import { ConfusionMatrix, type SerializedConfusionMatrix } from '../confusion-matrix.ts';
import { percent } from '../format.ts';
import { html, type Html } from './html.ts';
import type { ReportClass } from './report-content.ts';

export function classTable(
  classes: readonly ReportClass[],
  serialized: SerializedConfusionMatrix,
  boundaryF?: readonly (number | null)[],
): Html {
  const matrix = ConfusionMatrix.fromJSON(serialized);
  const scores = matrix.summary();
  const rows = classes.map(({ name, color }, i) => {
    const iou = scores.perClassIoU[i] ?? null;
    const isAbsent = iou === null;
    return html`<tr${isAbsent && html` class="absent"`}>
      <th scope="row"><span class="swatch" style="background:${color}"></span>${name}</th>
      <td class="bar"><span style="width:${((iou ?? 0) * 100).toFixed(1)}%"></span></td>
      <td>${isAbsent ? 'absent' : percent(iou)}</td>
      <td>${percent(scores.perClassAccuracy[i] ?? null)}</td>
      ${boundaryF !== undefined && html`<td>${percent(boundaryF[i] ?? null)}</td>`}
      <td>${percent(scores.pixels > 0 ? (scores.perClassPixels[i] ?? 0) / scores.pixels : null, 2)}</td>
    </tr>`;
  });
  return html`<table class="classes">
    <thead>
      <tr>
        <th scope="col">class</th>
        <th scope="col" class="bar"></th>
        <th scope="col">IoU</th>
        <th scope="col">accuracy</th>
        ${boundaryF !== undefined && html`<th scope="col">boundary F</th>`}
        <th scope="col">share of pixels</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">mean of the classes present</th>
        <td class="bar"><span style="width:${((scores.meanIoU ?? 0) * 100).toFixed(1)}%"></span></td>
        <td>${percent(scores.meanIoU)}</td>
        <td>${percent(scores.meanAccuracy)}</td>
        ${boundaryF !== undefined && html`<td></td>`}
        <td></td>
      </tr>
    </tfoot>
  </table>`;
}
