// Putting one part of a configuration over another.

import type { z } from 'zod';
import { choiceOf, isTree, optionOf, sectionOf, writtenDefault, type Tree } from './schema.ts';

/** What stands in a section's place where nothing is written: one of several has a default, of others each option has. */
const unwritten = (section: z.ZodType): Tree | null =>
  choiceOf(section) === null ? {} : writtenDefault(section);

/**
 * `over` on `base`: sections are merged, anything else is replaced. Where a section is one of several by name (a
 * discriminated union), another name replaces it whole: the options of one method mean nothing to the next. Without a
 * name it is the section of `base`, or of the schema's default.
 */
export function mergeTrees(schema: z.ZodType | null, base: Tree, over: Tree): Tree {
  const choice = schema === null ? null : choiceOf(schema);
  if (choice !== null && Object.hasOwn(over, choice.key) && over[choice.key] !== base[choice.key])
    return over;
  const result: Tree = { ...base };
  const section = schema === null ? null : sectionOf(schema, { ...base, ...over });
  for (const [key, value] of Object.entries(over)) {
    const inner = optionOf(section, key);
    const below = result[key] ?? (inner === null ? undefined : unwritten(inner));
    result[key] = isTree(below) && isTree(value) ? mergeTrees(inner, below, value) : value;
  }
  return result;
}
