/** Configurations of this app: defaults, then preset, then YAML file, then `--set a.b=c`. */
import { createConfigLoader } from '@plumbline/training/config';
import { configSchema } from './config.ts';
import { PRESETS } from './presets.ts';

export const { load: loadConfig, validate: validateConfig } = createConfigLoader({
  schema: configSchema,
  presets: PRESETS,
});
