// Classified pictures in folders, the layout of Office-31, Office-Home, VisDA and of most people's own pictures:
//
//   <root>/<class>/<picture>.jpg
import { basename, join, resolve } from 'node:path';
import { DataError } from '../data-error.ts';
import { pictureNames, subfolders } from './image-files.ts';
import type { LabelledImages } from './image-set.ts';

export interface ImageFolderOptions {
  /** The classes in order; exactly these folders must be there. Default: all folders, sorted by code unit. */
  classes?: readonly string[];
  /** What the set is called. Default: the root folder's name. */
  name?: string;
}

/**
 * Opens a folder of class folders. Nothing is decoded. Names may hold spaces; hidden files are left out; ids are
 * `<class>/<file>`.
 *
 * @throws DataError when there are no class folders, they are not the wanted ones, or one holds no picture or something
 * else.
 */
export async function openImageFolder(
  root: string,
  { classes, name = basename(resolve(root)) }: ImageFolderOptions = {},
): Promise<LabelledImages> {
  const folders = await subfolders(root);
  if (folders.length === 0) {
    throw new DataError(`${root} has no class folders: it needs one folder of pictures for every class.`);
  }
  if (classes !== undefined) requireFolders(root, folders, classes);
  const names = classes ?? folders;
  const pictures = await Promise.all(names.map((folder) => pictureNames(join(root, folder))));
  const files = names.flatMap((folder, label) =>
    (pictures[label] ?? []).map((file) => ({
      label,
      id: `${folder}/${file}`,
      path: join(root, folder, file),
    })),
  );
  return {
    name,
    ids: files.map(({ id }) => id),
    pixels: { kind: 'files', paths: files.map(({ path }) => path) },
    classes: [...names],
    labels: Int32Array.from(files, ({ label }) => label),
  };
}

/**
 * Both domains of a task must know the same classes in the same order, or labels of one would mean something else in the
 * other.
 *
 * @throws DataError with the classes that one of them lacks.
 */
export function requireSameClasses(
  source: Pick<LabelledImages, 'name' | 'classes'>,
  target: Pick<LabelledImages, 'name' | 'classes'>,
): void {
  const lacks = (set: typeof source, other: typeof source): string => {
    const missing = other.classes.filter((name) => !set.classes.includes(name));
    return missing.length === 0 ? '' : `${set.name} lacks ${shown(missing)}, which ${other.name} has`;
  };
  const differences = [lacks(source, target), lacks(target, source)].filter((text) => text !== '');
  if (differences.length > 0) {
    throw new DataError(
      `Both need the same classes, but ${differences.join(', and ')}: rename or remove class folders.`,
    );
  }
  const place = source.classes.findIndex((name, i) => name !== target.classes[i]);
  if (place !== -1 || source.classes.length !== target.classes.length) {
    throw new DataError(
      `${source.name} and ${target.name} have the same classes in different orders (class ${place} is ` +
        `"${source.classes[place]}" in one and "${target.classes[place]}" in the other): give both the same list of classes.`,
    );
  }
}

function requireFolders(root: string, folders: readonly string[], classes: readonly string[]): void {
  const missing = classes.filter((name) => !folders.includes(name));
  const unknown = folders.filter((name) => !classes.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const parts = [
    ...(missing.length === 0 ? [] : [`there is no folder ${shown(missing)}`]),
    ...(unknown.length === 0 ? [] : [`${shown(unknown)} is none of them`]),
  ];
  throw new DataError(
    `${root} should have one folder for each of ${classes.length} classes, but ${parts.join(', and ')}: ` +
      `copy the set again from its source, or correct the list of classes.`,
  );
}

/** Names in quotes, the first three of them. */
const shown = (names: readonly string[]): string =>
  names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
