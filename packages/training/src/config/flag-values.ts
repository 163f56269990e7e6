// Values of the command line's flags.

import type { ConfigSources } from './load-config.ts';

/** The flags that say what is configured, as they are parsed. */
export interface ConfigArguments {
  preset?: string;
  config?: string;
  set?: string[];
}

/** The flags as sources of a configuration. */
export const sources = ({ preset, config, set }: ConfigArguments): ConfigSources => ({
  ...(preset === undefined ? {} : { preset }),
  ...(config === undefined ? {} : { file: config }),
  set: set ?? [],
});

/** For an option that may be given again. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** `1,2,4` as numbers; @throws with one sentence that names the flag. */
export function numberList(flag: string, text: string, least: number): number[] {
  return text.split(',').map((part) => {
    if (/^\s*\d+\s*$/.test(part) && Number(part) >= least) return Number(part);
    throw new Error(
      `--${flag} got "${text}"; write whole numbers, ${least} or more, with commas between them, such as 1,2,4.`,
    );
  });
}

/** `bn,wa+gn` as names; @throws as `numberList`. */
export function nameList(flag: string, text: string, example = 'bn,wa+gn'): string[] {
  const all = text.split(',').map((name) => name.trim());
  if (all.includes(''))
    throw new Error(`--${flag} got "${text}"; write names with commas between them, such as ${example}.`);
  return all;
}
