/** Another data set than the one that a network's configuration names, by flags of the command line. */
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';

export interface DataFlags {
  /** A VOC2012 folder; for a configuration with classes of its own, the list of the split. */
  data?: string;
  split?: string;
}

/**
 * The configuration with the flags over it; its `data.valSplit` is the split that is meant.
 *
 * @throws with one sentence when they do not fit it.
 */
export function placeData(config: Config, { data, split }: DataFlags, origin: string): Config {
  const valSplit = split ?? config.data.valSplit;
  const { list } = config.data;
  const elsewhere =
    data === undefined
      ? {}
      : list.classes === null
        ? { root: data }
        : { list: { ...list, [valSplit]: data } };
  const chosen = { ...config.data, ...elsewhere, valSplit };
  return validateConfig({ ...config, data: chosen }, `${origin}, with --data and --split`);
}
