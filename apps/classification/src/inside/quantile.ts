// Quantiles of a few numbers.

/** By linear interpolation between the sorted values; NaN without values. `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return NaN;
  // Two infinite ones have no difference.
  return below === above ? below : below + (place - Math.floor(place)) * (above - below);
}
