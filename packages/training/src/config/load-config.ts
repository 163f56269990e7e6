// Puts a configuration together: defaults, then preset, then YAML file, then `--set a.b=c`.

import { readFile } from 'node:fs/promises';
import { parse, YAMLError } from 'yaml';
import type { z } from 'zod';
import { mergeTrees } from './merge.ts';
import { isTree, type Tree } from './schema.ts';

export interface ConfigSources {
  preset?: string;
  /** Path of a YAML file. */
  file?: string;
  /** Assignments `a.b=c`; the value is read as YAML, so numbers, lists and null work. */
  set?: readonly string[];
}

/** A named starting point: only what differs from the defaults of the schema. */
export interface ConfigPreset<Input = object> {
  readonly description: string;
  readonly config: Input;
}

export interface ConfigLoader<Config> {
  /**
   * The resolved configuration.
   *
   * @throws with one sentence that names the option, what it got and what it wants.
   */
  load(sources: ConfigSources): Promise<Config>;
  /**
   * Checks a tree of options against the schema, such as a run's config.json; `origin` says where it came from.
   *
   * @throws as `load`.
   */
  validate(tree: unknown, origin: string): Config;
}

/** @throws with one sentence; the library's own shows the place on lines of its own. */
function readYaml(text: string, origin: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLError)) throw error;
    const [what = ''] = error.message.split('\n');
    throw new Error(`${origin} is not valid YAML: ${what.replace(/:$/, '')}.`, { cause: error });
  }
}

/** `train.steps=100` as `{ train: { steps: 100 } }`. */
function assignment(text: string): Tree {
  const split = text.indexOf('=');
  const path = text.slice(0, split).trim();
  if (split < 1 || path === '') {
    throw new Error(`--set got "${text}"; write it as a.b=value, for example --set train.steps=1000.`);
  }
  const value = readYaml(text.slice(split + 1), `--set ${text}`);
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

async function readConfigFile(file: string): Promise<Tree> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(
      `The configuration file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check the path.`,
      { cause: error },
    );
  }
  const value = readYaml(text, `The configuration file ${file}`) ?? {};
  if (isTree(value)) return value;
  throw new Error(
    `The configuration file ${file} must hold sections such as "train:", not a list or a single value.`,
  );
}

function validateConfig<Schema extends z.ZodType>(
  schema: Schema,
  tree: unknown,
  origin: string,
): z.output<Schema> {
  const result = schema.safeParse(tree);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const got = path.reduce<unknown>((inner, key) => (inner as Tree | undefined)?.[String(key)], tree);
    const value = isTree(got) || got === undefined ? '' : ` (got ${JSON.stringify(got)})`;
    return `${path.join('.') || 'top level'}: ${message}${value}`;
  });
  throw new Error(`The configuration (${origin}) is not valid: ${problems.join('; ')}.`);
}

/** How one app's configurations are read: its schema, in zod, and its presets. */
export function createConfigLoader<Schema extends z.ZodType>({
  schema,
  presets,
}: {
  readonly schema: Schema;
  readonly presets: Readonly<Record<string, ConfigPreset>>;
}): ConfigLoader<z.output<Schema>> {
  const validate = (tree: unknown, origin: string): z.output<Schema> => validateConfig(schema, tree, origin);

  async function load({ preset, file, set = [] }: ConfigSources): Promise<z.output<Schema>> {
    const layers: Tree[] = [];
    if (preset !== undefined) {
      const found = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
      if (found === undefined) {
        throw new Error(`There is no preset "${preset}"; choose one of ${Object.keys(presets).join(', ')}.`);
      }
      layers.push({ ...found.config });
    }
    if (file !== undefined) layers.push(await readConfigFile(file));
    // As one layer, so that an assignment to a method's option holds before its name as well as after it.
    layers.push(set.map(assignment).reduce((all, one) => mergeTrees(null, all, one), {}));
    const tree = layers.reduce((under, over) => mergeTrees(schema, under, over), {});
    const origin = [
      ...(preset === undefined ? [] : [`preset ${preset}`]),
      ...(file === undefined ? [] : [file]),
      ...set.map((text) => `--set ${text}`),
    ];
    return validate(tree, origin.join(', ') || 'defaults');
  }

  return { load, validate };
}
