// What a report shows. Everything is given ready to show: the report computes no score and reads no image.

import type { SerializedConfusionMatrix } from '../confusion-matrix.ts';
import type { Curve } from './curve.ts';

/** A number and how it was measured: the one is never shown without the other. */
export interface ReportScore {
  /** `mean IoU` */
  readonly label: string;
  /** `54.3 %` */
  readonly value: string;
  /** `325 val images, whole image at 513, no flip` */
  readonly protocol: string;
}

export interface ReportClass {
  readonly name: string;
  /** CSS colour of the palette, `rgb(128 0 0)`. */
  readonly color: string;
}

export interface ReportImage {
  /** `input`, `truth`, `prediction` */
  readonly label: string;
  /** A `data:image/…` URI, so that the report stays one file. */
  readonly source: string;
}

export interface ReportPicture {
  /** `2007_000032` */
  readonly id: string;
  /** `mean IoU 71 %` */
  readonly caption?: string;
  /** In a row; or one image that shows all of them side by side. */
  readonly images: readonly ReportImage[];
}

/** Names and values in two columns. */
export type ReportFacts = Readonly<Record<string, string | number>>;

export interface ReportContent {
  readonly title: string;
  /** The result in one sentence. */
  readonly verdict: string;
  readonly scores: readonly ReportScore[];
  /** Split, crop, scale, flip, seed, number of images, steps: what someone needs to get the same numbers. */
  readonly protocol: ReportFacts;
  readonly curves: readonly Curve[];
  readonly classes: readonly ReportClass[];
  /** Of the evaluation that the scores come from; gives the table of classes. */
  readonly confusion?: SerializedConfusionMatrix;
  /** Boundary F-score of each class, where it was measured: a column of the table of classes. */
  readonly boundaryF?: readonly (number | null)[];
  readonly pictures: readonly ReportPicture[];
  readonly environment: ReportFacts;
  /** The resolved configuration, as text. */
  readonly configuration?: string;
}
