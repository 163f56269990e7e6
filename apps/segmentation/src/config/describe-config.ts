/** A configuration as YAML whose comments say what every option means. */
import { z } from 'zod';
import { configSchema, type Config } from './config.ts';

/** The schema behind defaults and prefaults. */
function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) inner = inner.unwrap() as z.ZodType;
  return inner;
}

function describeSection(schema: z.ZodObject, values: Record<string, unknown>, indent: string): string[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, child]) => {
    const inner = unwrap(child);
    const comment = child.description ?? inner.description ?? '';
    const value = values[key];
    if (inner instanceof z.ZodObject) {
      const below = describeSection(inner, value as Record<string, unknown>, `${indent}  `);
      return [`${indent}${key}: # ${comment}`, ...below];
    }
    return [`${indent}${key}: ${JSON.stringify(value)} # ${comment}`];
  });
}

/** The whole configuration; the text is valid input for `--config`. */
export const describeConfig = (config: Config): string =>
  `${describeSection(configSchema, config, '').join('\n')}\n`;
