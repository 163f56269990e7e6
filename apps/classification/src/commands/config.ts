import { describeConfig } from '@plumbline/training/config';
import { configSchema } from '../config/config.ts';
import { configOf, type ConfigFlags } from '../config/flag-assignments.ts';

export async function printConfig(options: ConfigFlags): Promise<void> {
  process.stdout.write(describeConfig(configSchema, await configOf(options)));
}
