import { describeConfig } from '../config/describe-config.ts';
import { loadConfig } from '../config/load-config.ts';

export interface ConfigArguments {
  preset?: string;
  config?: string;
  set?: string[];
}

/** The options of the command line as sources of a configuration. */
export const sources = ({ preset, config, set }: ConfigArguments): Parameters<typeof loadConfig>[0] => ({
  ...(preset === undefined ? {} : { preset }),
  ...(config === undefined ? {} : { file: config }),
  set: set ?? [],
});

/** What `--data` is short for; quoted, because values are YAML, and a folder may be called 2012. */
export const dataRoot = (data: string | undefined): string[] =>
  data === undefined ? [] : [`data.root=${JSON.stringify(data)}`];

export async function printConfig(options: ConfigArguments): Promise<void> {
  process.stdout.write(describeConfig(await loadConfig(sources(options))));
}
