// How many groups a layer makes of its channels.

import { largestGroupCount } from '../activations/group-norm.ts';
import { oneOf } from '../one-of.ts';

export interface GroupCountArgs {
  /** Number of groups. Default 32. */
  groups?: number;
  /**
   * What to do when `groups` does not divide the channels: `error` (default), or `fit`, which takes the largest
   * smaller divisor that leaves two or more channels in a group.
   */
  unevenGroups?: 'error' | 'fit';
}

/**
 * The number of groups that layer `title` makes of `channels`.
 *
 * @throws if `groups` is no number of groups, or does not divide the channels and `unevenGroups` is `error`.
 */
export function groupCountFor(
  channels: number,
  { groups, unevenGroups }: Required<GroupCountArgs>,
  title: string,
): number {
  oneOf(title, 'unevenGroups', unevenGroups, ['error', 'fit']);
  if (!(Number.isInteger(groups) && groups >= 1)) {
    throw new Error(`${title} got groups ${groups}: use a whole number ≥ 1.`);
  }
  const fitting = largestGroupCount(channels, groups);
  if (fitting === groups || unevenGroups === 'fit') return fitting;
  throw new Error(
    `${title} has ${groups} groups, which do not divide its ${channels} channels: use ${fitting} groups, or set ` +
      `unevenGroups to 'fit' to have such a number chosen.`,
  );
}
