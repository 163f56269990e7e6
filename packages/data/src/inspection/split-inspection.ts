// What one split holds: its pictures' sizes, and how many pixels and images of each class.
import type { SampleInspection } from './inspect-sample.ts';
import type { SegmentationDataset } from '../datasets/segmentation-dataset.ts';

export type Split = Pick<SegmentationDataset, 'name' | 'split' | 'files' | 'classes' | 'ignoreLabel'>;

export interface InspectedSplit {
  readonly split: Split;
  /** In the order of the split's files. */
  readonly samples: readonly SampleInspection[];
}

export interface SplitInspection {
  readonly split: string;
  readonly images: number;
  /** Images without an error of their own. */
  readonly soundImages: number;
  /** Of all masks that could be read. */
  readonly pixels: number;
  readonly voidPixels: number;
  /** Masks without any void pixel, as those of the Semantic Boundaries Dataset: they have no void borders. */
  readonly masksWithoutVoid: number;
  /** By class: its pixels, and the images that show it. */
  readonly classes: readonly { readonly name: string; readonly pixels: number; readonly images: number }[];
  /** Smallest and largest width and height of the pictures; null when none can be read. */
  readonly sizes: {
    readonly width: readonly [number, number];
    readonly height: readonly [number, number];
  } | null;
}

export function summarize({
  split: { split, classes, ignoreLabel },
  samples,
}: InspectedSplit): SplitInspection {
  const tables = samples.flatMap(({ counts }) => (counts === null ? [] : [new Map(counts)]));
  const pixelsOf = (value: number): number => tables.reduce((sum, table) => sum + (table.get(value) ?? 0), 0);
  const sizes = samples.flatMap(({ size }) => size ?? []);
  const range = (lengths: number[]): [number, number] => [
    lengths.reduce((a, b) => Math.min(a, b)),
    lengths.reduce((a, b) => Math.max(a, b)),
  ];
  return {
    split,
    images: samples.length,
    soundImages: samples.filter(({ problems }) => problems.length === 0).length,
    pixels: tables.reduce((sum, table) => sum + [...table.values()].reduce((a, b) => a + b, 0), 0),
    voidPixels: pixelsOf(ignoreLabel),
    masksWithoutVoid: tables.filter((table) => !table.has(ignoreLabel)).length,
    classes: classes.map((name, index) => ({
      name,
      pixels: pixelsOf(index),
      images: tables.filter((table) => table.has(index)).length,
    })),
    sizes:
      sizes.length === 0
        ? null
        : { width: range(sizes.map(({ width }) => width)), height: range(sizes.map(({ height }) => height)) },
  };
}
