// Input, truth and prediction beside each other, and the legend of the colours.

import { html, type Html } from './html.ts';
import type { ReportClass, ReportImage, ReportPicture } from './report-content.ts';

export const pictures = (rows: readonly ReportPicture[]): Html =>
  html`<div class="pictures">${rows.map(picture)}</div>`;

function picture({ id, caption, images }: ReportPicture): Html {
  const [first] = images;
  // A label under the only image would just be a second caption.
  const shared = images.length === 1 && first !== undefined ? first.label : undefined;
  const notes = [shared, caption].filter((note) => note !== undefined);
  return html`<figure>
    <div class="strip" style="--columns:${images.length}">
      ${images.map(
        (image) =>
          html`<div>${element(image, id)}${shared === undefined && html`<span>${image.label}</span>`}</div>`,
      )}
    </div>
    <figcaption><b>${id}</b>${notes.map((note) => html` · ${note}`)}</figcaption>
  </figure>`;
}

const element = ({ label, source }: ReportImage, id: string): Html =>
  html`<img src="${checked(source, id)}" alt="${label} of ${id}" loading="lazy" />`;

export const legend = (classes: readonly ReportClass[]): Html =>
  html`<ul class="legend">
    ${classes.map(({ name, color }) => html`<li><span class="swatch" style="background:${color}"></span>${name}</li>`)}
  </ul>`;

function checked(source: string, id: string): string {
  if (source.startsWith('data:image/')) return source;
  throw new Error(
    `A report shows only pictures that are inside it: give ${id} as data:image/… URIs, not as "${source.slice(0, 40)}".`,
  );
}
