// Going on with a sweep under other options than its runs were made with would mix two sweeps in one table.

import type { SweepCell } from './sweep-cell.ts';
import type { SweepWords } from './sweep-folder.ts';

/** Paths and both values of what differs. */
function differences(before: unknown, now: unknown, path = ''): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(before[key], now[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
  return was === is ? [] : [`${path} was ${was}, now ${is}`];
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param before the runs of the folder that were begun.
 * @throws with one sentence when `now` leaves one of them out, or has another configuration for it.
 */
export function refuseOther({
  path,
  words: { sweep, plan },
  before,
  now,
}: {
  readonly path: string;
  readonly words: SweepWords;
  readonly before: readonly SweepCell[];
  readonly now: readonly SweepCell[];
}): void {
  const cells = new Map(now.map((cell) => [cell.id, cell]));
  const missing = before.filter(({ id }) => !cells.has(id));
  if (missing.length > 0) {
    const names = missing.slice(0, 3).map(({ id }) => id);
    throw new Error(
      `${path} holds a ${sweep} with runs that this ${plan} leaves out (${names.join(', ')}${missing.length > 3 ? ', …' : ''}): ` +
        'name them too, or choose another --out.',
    );
  }
  for (const cell of before) {
    const differing = differences(cell.config, cells.get(cell.id)?.config);
    if (differing.length > 0) {
      throw new Error(
        `${path} holds a ${sweep} with another configuration: in ${cell.id} ${differing.slice(0, 4).join('; ')}` +
          `${differing.length > 4 ? '; …' : ''}: use the former options, or choose another --out.`,
      );
    }
  }
}
