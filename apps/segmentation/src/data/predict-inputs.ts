/** Which images `predict` segments, and what each result is called: names and folders are kept. */
import { readImageList } from '@plumbline/data';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { glob, isDynamicPattern } from 'tinyglobby';

export interface PredictInput {
  file: string;
  /** Path of the results below the output folder, without an ending: `holiday/beach`. */
  name: string;
}

export interface InputSources {
  /** Images, folders, patterns such as `photos/**\/*.jpg`, and `-` for paths on standard input. */
  paths: readonly string[];
  /** A file with the path of an image on each line. */
  list?: string;
  /** Where `-` reads from. Default: standard input. */
  stdin?: NodeJS.ReadableStream;
}

const IMAGE_ENDINGS = ['jpg', 'jpeg', 'png', 'webp', 'tif', 'tiff', 'avif', 'gif'];

/** The images below a folder, or those that a pattern names, sorted, with their paths below `base`. */
async function search(pattern: string, cwd: string): Promise<PredictInput[]> {
  const found = await glob(pattern, { cwd, caseSensitiveMatch: false, expandDirectories: false });
  return found.sort().map((path) => ({ file: join(cwd, path), name: path }));
}

/**
 * The folder before the first part of a pattern that is one: `photos/2024` of `photos/2024/*.jpg`. Braces may hold
 * slashes, so an opening one makes a part a pattern even where its end is in another part.
 */
function splitPattern(pattern: string): { cwd: string; rest: string } {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => isDynamicPattern(part) || /[{(]/.test(part));
  return {
    cwd: parts.slice(0, first).join('/') || (first > 0 ? '/' : '.'),
    rest: parts.slice(first).join('/'),
  };
}

/** Files that were named one by one keep their place below the folder that holds them all. */
function placed(files: readonly string[]): PredictInput[] {
  const folders = files.map((file) => dirname(resolve(file)).split(sep));
  const [first = []] = folders;
  const differs = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
  const common = (differs === -1 ? first : first.slice(0, differs)).join(sep) || sep;
  return files.map((file) => ({ file, name: relative(common, resolve(file)) }));
}

async function readLines(stream: NodeJS.ReadableStream): Promise<string[]> {
  const lines = (await text(stream)).replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/**
 * The images that the sources name, each once, in their order.
 *
 * @throws when there is none, and when two results would have one name.
 */
export async function predictInputs({ paths, list, stdin }: InputSources): Promise<PredictInput[]> {
  const named: string[] = [];
  const searched: PredictInput[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (path === '-') named.push(...(await readLines(stdin ?? process.stdin)));
    else if (found?.isDirectory() === true)
      searched.push(...(await search(`**/*.{${IMAGE_ENDINGS.join(',')}}`, path)));
    else if (found === null && isDynamicPattern(path)) {
      const { cwd, rest } = splitPattern(path);
      searched.push(...(await search(rest, cwd)));
    } else named.push(path);
  }
  if (list !== undefined) named.push(...(await readImageList(list)));
  const byFile = new Map<string, PredictInput>();
  for (const input of [...placed(named), ...searched]) {
    const key = resolve(input.file);
    if (!byFile.has(key)) byFile.set(key, { ...input, name: withoutEnding(input.name) });
  }
  const inputs = [...byFile.values()];
  if (inputs.length === 0) {
    const where = [...paths, ...(list === undefined ? [] : [list])].join(', ');
    throw new Error(
      where === ''
        ? 'No image was named: pass image files, folders, patterns, - for a list on standard input, or --list <file>.'
        : `No image (${IMAGE_ENDINGS.join(', ')}) was found in ${where}; check the path or the pattern.`,
    );
  }
  refuseEqualNames(inputs);
  return inputs;
}

const withoutEnding = (name: string): string => join(dirname(name), basename(name, extname(name)));

function refuseEqualNames(inputs: readonly PredictInput[]): void {
  const byName = new Map<string, string>();
  for (const { file, name } of inputs) {
    const other = byName.get(name);
    if (other !== undefined) {
      throw new Error(
        `${other} and ${file} would both be written as "${name}", one over the other; predict them apart.`,
      );
    }
    byName.set(name, file);
  }
}
