// Ticks of a logarithmic axis.

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** More would touch. */
const mostTicks = 7;

/** Round numbers from below the least of `values` to above the largest: 1, 2, 5 × 10^k over up to two decades, else powers of ten. Values must be positive. */
export function logTicks(values: readonly number[]): number[] {
  const [least, largest] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  const [low, high] = [Math.log10(least), Math.log10(largest)];
  const from = Math.floor(low);
  if (high - low <= 2) {
    const steps = [0, 1, 2, 3, 4].flatMap((more) => [1, 2, 5].map((factor) => round(factor, from + more)));
    const first = Math.max(
      0,
      steps.findLastIndex((step) => step <= least),
    );
    const last = steps.findIndex((step) => step >= largest && step > (steps[first] ?? 0));
    return steps.slice(first, last + 1);
  }
  const every = Math.ceil((Math.ceil(high) - from) / mostTicks);
  const count = Math.ceil((Math.ceil(high) - from) / every);
  return Array.from({ length: count + 1 }, (_, i) => round(1, from + i * every));
}

/** Without what rounding leaves of a power of ten. */
const round = (factor: number, exponent: number): number => Number(`${factor}e${exponent}`);

/** `0.02`, `500`, `10⁻⁶`, `2·10⁵`. */
export function logTickLabel(tick: number): string {
  if (tick >= 0.001 && tick <= 10_000) return String(tick);
  const [factor = '', exponent = ''] = tick.toExponential().split('e');
  const raised = [...String(Number(exponent))]
    .map((digit) => (digit === '-' ? '⁻' : superscripts[Number(digit)]))
    .join('');
  return factor === '1' ? `10${raised}` : `${factor}·10${raised}`;
}
