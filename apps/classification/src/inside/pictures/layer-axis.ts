// The horizontal axis of layers, from a network's first to its last.

import type { PanelPoint } from './panel.ts';
import type { HorizontalAxis } from './stacked-plot.ts';

/** What one network has at its layers, in the order of depth. */
export type LayerValues = readonly { readonly layer: string; readonly value: number }[];

/** More would touch. */
const mostTicks = 24;

/** The values along the axis, from 0 to 1: layers are equally far apart. */
export const alongDepth = (values: LayerValues): PanelPoint[] =>
  values.map(({ value }, i) => ({ at: values.length === 1 ? 0.5 : i / (values.length - 1), value }));

/** Names of layers where all networks have the same ones, and else a share of the depth. */
export function layerAxis(networks: readonly LayerValues[]): HorizontalAxis {
  const [first = []] = networks;
  const names = first.map(({ layer }) => layer);
  const isSame = networks.every((one) => one.map(({ layer }) => layer).join('\n') === names.join('\n'));
  if (!isSame) {
    return {
      low: 0,
      high: 1,
      ticks: [],
      isSlanted: false,
      title: 'share of the network’s depth, from the first to the last layer',
    };
  }
  const shown = evenly(names.length);
  return {
    low: 0,
    high: 1,
    ticks: alongDepth(first).flatMap(({ at }, i) =>
      shown.has(i) ? [{ at, label: shortName(names[i] ?? '') }] : [],
    ),
    isSlanted: true,
    title: null,
  };
}

/** `layer1.0.conv1` of `backbone.layer1.0.conv1`. */
const shortName = (layer: string): string => layer.replace(/^(backbone|classifier)\./, '');

/** All places where there are few, or evenly spaced ones with the first and the last. */
function evenly(count: number): Set<number> {
  const every = Math.max(1, Math.ceil((count - 1) / (mostTicks - 1)));
  const places = Array.from({ length: count }, (_, i) => i);
  return new Set(places.filter((i) => i === count - 1 || (i % every === 0 && count - 1 - i >= every)));
}
