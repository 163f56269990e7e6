// What a schema says about the shape of a configuration: its sections, and those that are one of several by name.

import { z } from 'zod';

/** A part of a configuration as it is written: options by name. */
export type Tree = { [key: string]: unknown };

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema one layer below a default or the permission to leave a value out; null where there is no such layer. */
function below(schema: z.ZodType): z.ZodType | null {
  const isLayer =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly;
  return isLayer ? (schema.unwrap() as z.ZodType) : null;
}

/** The schema behind all such layers. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const inner = below(schema);
  return inner === null ? schema : unwrap(inner);
}

/** What the schema says of an option, on itself or behind a layer; empty where it says nothing. */
export function commentOf(schema: z.ZodType): string {
  const inner = below(schema);
  return schema.description ?? (inner === null ? '' : commentOf(inner));
}

/** A section that is one of several, such as a method and its options, and the option that says which. */
export interface Choice {
  /** The option that says which, `name` for example. */
  readonly key: string;
  readonly options: readonly z.ZodObject[];
}

/** Null for any other schema. */
export function choiceOf(schema: z.ZodType): Choice | null {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return null;
  const options = inner.options.map((option) => unwrap(option as z.ZodType));
  return {
    key: inner.def.discriminator,
    options: options.filter((option): option is z.ZodObject => option instanceof z.ZodObject),
  };
}

const shapeOf = (section: z.ZodObject): Record<string, z.ZodType> =>
  section.shape as Record<string, z.ZodType>;

/** The names that a choice has, in the order of the schema. */
export const namesOf = ({ key, options }: Choice): string[] =>
  options.flatMap((option) => {
    const named = unwrap(shapeOf(option)[key] ?? z.never());
    if (named instanceof z.ZodLiteral) return [...named.values].map(String);
    return named instanceof z.ZodEnum ? named.options.map(String) : [];
  });

/** The section that `value` is of; null where the schema has none, or none of that name. */
export function sectionOf(schema: z.ZodType, value: unknown): z.ZodObject | null {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return inner;
  const choice = choiceOf(schema);
  if (choice === null || !isTree(value)) return null;
  const name = value[choice.key];
  return choice.options.find((option) => shapeOf(option)[choice.key]?.safeParse(name).success) ?? null;
}

/** The schema of one option of a section; null where it has no such option. */
export const optionOf = (section: z.ZodObject | null, key: string): z.ZodType | null =>
  section === null ? null : (shapeOf(section)[key] ?? null);

/** What stands in a section's place where nothing is written, before it is checked; null where nothing does. */
export function writtenDefault(schema: z.ZodType): Tree | null {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return isTree(schema.def.defaultValue) ? schema.def.defaultValue : null;
  const inner = below(schema);
  return inner === null ? null : writtenDefault(inner);
}
