/** Puts a configuration together: defaults, then preset, then YAML file, then `--set a.b=c`. */
import { readFile } from 'node:fs/promises';
import { parse, YAMLError } from 'yaml';
import { configSchema, type Config } from './config.ts';
import { readClassSet } from '../data/classes.ts';
import { isPresetName, PRESETS } from './presets.ts';

export interface ConfigSources {
  preset?: string;
  /** Path of a YAML file. */
  file?: string;
  /** Assignments `a.b=c`; the value is read as YAML, so numbers, lists and null work. */
  set?: readonly string[];
}

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: Tree, over: Tree): Tree {
  const result: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return result;
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

/** Checks a tree of options against the schema; `origin` says where it came from. */
export function validateConfig(tree: unknown, origin: string): Config {
  const result = configSchema.safeParse(tree);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const got = path.reduce<unknown>((inner, key) => (inner as Tree | undefined)?.[String(key)], tree);
    const value = isTree(got) ? '' : ` (got ${JSON.stringify(got)})`;
    return `${path.join('.') || 'top level'}: ${message}${value}`;
  });
  throw new Error(`The configuration (${origin}) is not valid: ${problems.join('; ')}.`);
}

/** The resolved configuration. Errors name the option, what it got and what it wants. */
export async function loadConfig({ preset, file, set = [] }: ConfigSources): Promise<Config> {
  let tree: Tree = {};
  const origin: string[] = [];
  if (preset !== undefined) {
    if (!isPresetName(preset)) {
      throw new Error(`There is no preset "${preset}"; choose one of ${Object.keys(PRESETS).join(', ')}.`);
    }
    tree = merge(tree, PRESETS[preset].config as Tree);
    origin.push(`preset ${preset}`);
  }
  if (file !== undefined) {
    tree = merge(tree, await readConfigFile(file));
    origin.push(file);
  }
  for (const text of set) {
    tree = merge(tree, assignment(text));
    origin.push(`--set ${text}`);
  }
  const config = validateConfig(tree, origin.join(', ') || 'defaults');
  const { classes } = config.data.list;
  if (classes !== null && set.some((text) => text.startsWith('data.root='))) {
    throw new Error(
      'data.root (--data) is given, but data.list names the images in its place: leave out one of them.',
    );
  }
  // Into the configuration itself, so that a run folder needs no other file to say what its classes are.
  if (typeof classes === 'string') config.data.list.classes = await readClassSet(classes);
  return config;
}
