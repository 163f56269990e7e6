// A configuration as YAML whose comments say what every option means.

import type { z } from 'zod';
import { choiceOf, commentOf, isTree, namesOf, sectionOf, type Tree } from './schema.ts';

function describeSection(section: z.ZodObject, values: Tree, indent: string): string[] {
  return Object.entries(section.shape as Record<string, z.ZodType>).flatMap(([key, option]) =>
    describeOption(key, option, values[key], indent),
  );
}

function describeOption(key: string, option: z.ZodType, value: unknown, indent: string): string[] {
  const section = isTree(value) ? sectionOf(option, value) : null;
  if (section === null || !isTree(value))
    return [`${indent}${key}: ${JSON.stringify(value)} # ${commentOf(option)}`];
  const choice = choiceOf(option);
  const [head, below] = [`${indent}${key}: # ${commentOf(option)}`, `${indent}  `];
  if (choice === null) return [head, ...describeSection(section, value, below)];
  // The name says nothing of itself: what its section is, and what else there is.
  const { [choice.key]: named, ...others } = section.shape as Record<string, z.ZodType>;
  const about = [named === undefined ? '' : commentOf(named), commentOf(section)].find((text) => text !== '');
  const choices = `One of ${namesOf(choice).join(', ')}.`;
  return [
    head,
    `${below}${choice.key}: ${JSON.stringify(value[choice.key])} # ${about === undefined ? '' : `${about} `}${choices}`,
    ...Object.entries(others).flatMap(([name, inner]) => describeOption(name, inner, value[name], below)),
  ];
}

/** The whole of a resolved configuration; the text is valid input for `--config`. */
export function describeConfig<Schema extends z.ZodType>(schema: Schema, config: z.output<Schema>): string {
  const section = sectionOf(schema, config);
  if (section === null || !isTree(config))
    throw new Error('Only a configuration of sections and options can be described; give its schema.');
  return `${describeSection(section, config, '').join('\n')}\n`;
}
