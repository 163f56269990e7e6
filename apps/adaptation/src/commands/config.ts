import { describeConfig, sources } from '@plumbline/training/config';
import { configSchema } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { assignments, type ConfigFlags } from '../config/flag-assignments.ts';

export async function printConfig(options: ConfigFlags): Promise<void> {
  const config = await loadConfig(sources({ ...options, set: assignments(options) }));
  process.stdout.write(describeConfig(configSchema, config));
}
