/** A configuration as YAML whose comments say what every option means. */
import { describeConfig as describe } from '@plumbline/training/config';
import { configSchema, type Config } from './config.ts';

/** The whole configuration; the text is valid input for `--config`. */
export const describeConfig = (config: Config): string => describe(configSchema, config);
