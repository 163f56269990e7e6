/** A configured method in a few words: its name, and what differs from the default. */
import { methodSchema, type MethodConfig } from './method-config.ts';

export function describeMethod(method: MethodConfig): string {
  const defaults: Record<string, unknown> = methodSchema.parse({ name: method.name });
  const changed = Object.entries(method).filter(([key, value]) => value !== defaults[key]);
  return changed.length === 0
    ? method.name
    : `${method.name} (${changed.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}
