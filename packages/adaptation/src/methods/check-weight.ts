/** @throws if a loss's factor is negative or no number. */
export function checkWeight(method: string, weight: number, option = 'weight'): void {
  if (weight >= 0 && Number.isFinite(weight)) return;
  throw new Error(`${method} got ${option} ${weight}: use a number from 0.`);
}
