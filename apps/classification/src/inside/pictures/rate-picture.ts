// The effective learning rate along training.

import { digitsOf, ticksOf } from '@plumbline/training';
import type { InsideRecord } from '../inside-record.ts';
import type { PanelPoint } from './panel.ts';
import type { HorizontalAxis } from './stacked-plot.ts';

/** The horizontal axis of steps. */
export function stepAxis(records: readonly InsideRecord[]): HorizontalAxis {
  const steps = records.map(({ step }) => step);
  const ticks = ticksOf(steps);
  const digits = digitsOf(ticks);
  return {
    low: Math.min(...steps),
    high: Math.max(...steps),
    ticks: ticks
      .filter((tick) => tick >= Math.min(...steps) && tick <= Math.max(...steps))
      .map((at) => ({ at, label: at.toFixed(digits) })),
    isSlanted: false,
    title: 'step',
  };
}

/** The median over all filters, and the plain rate where no filter is invariant to its scale. */
export const medianRates = (records: readonly InsideRecord[]): PanelPoint[] =>
  records.map(({ step, learningRate, rates }) => ({
    at: step,
    value: rates.allFilters?.median ?? learningRate,
  }));

export const rateLabel = 'effective learning rate η/‖w‖²';

export const rateExplanation =
  'Where the scale of a filter’s weights w has no effect, because the kernel or each channel is normalized, a step of the learning rate η ' +
  'turns the filter as one of η/‖w‖² would on the unit sphere (van Laarhoven 2017; Hoffer et al. 2018). It falls as the weights grow and ' +
  'rises as weight decay shortens them.';
