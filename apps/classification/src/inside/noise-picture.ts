// The noise of the batch's statistics against the batch's size, one line per recipe.

import type { BatchStatistic, GradientStatistics } from './gradient-statistics.ts';
import type { InsidePicture } from './inside-pictures.ts';
import { meanOf } from './channel-moments.ts';
import type { Panel, PanelPoint } from './pictures/panel.ts';
import { stackedPlotSvg, type HorizontalAxis } from './pictures/stacked-plot.ts';

const labels: Readonly<Record<BatchStatistic, string>> = {
  mean: 'forward: the mean of a channel',
  variance: 'forward: the variance of a channel',
  gradient: 'backward: the mean of the gradient, mean(dL/dy)',
  gradientProduct: 'backward: the mean of gradient times activation, mean(dL/dy · x̂)',
};

type Measured = readonly (readonly [name: string, sizes: readonly GradientStatistics[]])[];

const title = 'Noise of batch statistics against the batch size';

/**
 * Of recipes, or whatever their lines are to be called, what `gradientStatistics` gave at several batch sizes; means over the
 * layers. Null where no recipe has a normalization layer.
 *
 * @throws if there are more lines than can be told apart.
 */
export function noisePicture(
  statistics: ReadonlyMap<string, readonly GradientStatistics[]>,
): InsidePicture | null {
  const measured = [...statistics].filter(([, sizes]) => sizes.some(({ layers }) => layers.length > 0));
  if (measured.length === 0) return null;
  const without = [...statistics.keys()].filter((name) => measured.every(([one]) => one !== name));
  const largest = Math.max(...measured.flatMap(([, sizes]) => sizes.map(({ batchSize }) => batchSize)));
  const explanation =
    `How much a statistic of the batch differs from batch to batch: its standard deviation over batches, relative to its root mean square over ` +
    `batches of ${largest}, a mean over all normalization layers. Above the dotted line at 1 the noise is larger than what a batch of ${largest} ` +
    'measures. Batch normalization uses all four statistics of the batch, the lower two in its backward pass (Yan et al. 2020), so what ' +
    'is noise here is noise in its steps; group normalization does not use them, and moving averages smooth them.' +
    (without.length === 0 ? '' : ` Not drawn, because without normalization layers: ${without.join(', ')}.`);
  const svg = stackedPlotSvg({
    title,
    names: [...statistics.keys()],
    axis: sizeAxis(measured.flatMap(([, sizes]) => sizes.map(({ batchSize }) => batchSize))),
    panels: (Object.keys(labels) as BatchStatistic[]).map((statistic) => panelOf(statistic, measured)),
    caption: explanation,
  });
  return { title, svg, explanation };
}

const panelOf = (statistic: BatchStatistic, measured: Measured): Panel => ({
  label: labels[statistic],
  scale: 'log',
  reference: 1,
  lines: new Map(measured.map(([name, sizes]) => [name, noiseAgainstSize(statistic, sizes)])),
});

function noiseAgainstSize(statistic: BatchStatistic, sizes: readonly GradientStatistics[]): PanelPoint[] {
  const ordered = [...sizes].sort((a, b) => a.batchSize - b.batchSize);
  const reference = new Map(ordered.at(-1)?.layers.map((layer) => [layer.layer, layer[statistic].size]));
  return ordered.map(({ batchSize, layers }) => {
    const relative = layers.map((layer) => layer[statistic].deviation / (reference.get(layer.layer) ?? NaN));
    return { at: Math.log2(batchSize), value: meanOf(relative.filter(Number.isFinite)) };
  });
}

/** Logarithmic, with a tick at every size. */
function sizeAxis(sizes: readonly number[]): HorizontalAxis {
  const ordered = [...new Set(sizes)].sort((a, b) => a - b);
  return {
    low: Math.log2(ordered[0] ?? 1),
    high: Math.log2(ordered.at(-1) ?? 1),
    ticks: ordered.map((size) => ({ at: Math.log2(size), label: String(size) })),
    isSlanted: false,
    title: 'images of a batch',
  };
}
