import { sources, type ConfigArguments } from '@plumbline/training/config';
import { describeConfig } from '../config/describe-config.ts';
import { loadConfig } from '../config/load-config.ts';

/** What `--data` is short for; quoted, because values are YAML, and a folder may be called 2012. */
export const dataRoot = (data: string | undefined): string[] =>
  data === undefined ? [] : [`data.root=${JSON.stringify(data)}`];

export async function printConfig(options: ConfigArguments): Promise<void> {
  process.stdout.write(describeConfig(await loadConfig(sources(options))));
}
