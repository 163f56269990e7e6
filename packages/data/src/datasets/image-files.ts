// The file listing behind every set of classified picture folders: <folder>/<class>/<picture>.
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DataError, errorCode, reason } from '../data-error.ts';

const ENDINGS: ReadonlySet<string> = new Set([
  '.avif',
  '.gif',
  '.jpeg',
  '.jpg',
  '.png',
  '.tif',
  '.tiff',
  '.webp',
]);

/** What file managers leave in folders. */
const LITTER: ReadonlySet<string> = new Set(['Thumbs.db', 'desktop.ini']);

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What a folder holds, links followed, hidden entries left out, sorted by code unit: in the same order everywhere. */
async function entries(folder: string): Promise<Entry[]> {
  try {
    const found = (await readdir(folder, { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith('.') && !LITTER.has(name),
    );
    const listed = await Promise.all(
      found.map(async (entry) => ({
        name: entry.name,
        isFolder: entry.isSymbolicLink()
          ? await leadsToFolder(join(folder, entry.name))
          : entry.isDirectory(),
      })),
    );
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof DataError) throw error;
    const what = errorCode(error) === 'ENOENT' ? 'does not exist' : `could not be read (${reason(error)})`;
    throw new DataError(`The folder ${folder} ${what}: check the path.`, { cause: error });
  }
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch (error) {
    throw new DataError(`The link ${link} leads nowhere (${reason(error)}): mend it, or take it out.`, {
      cause: error,
    });
  }
}

/** The names of a folder's sub-folders, sorted. Files beside them, such as a README, are nobody's pictures. */
export const subfolders = async (folder: string): Promise<string[]> =>
  (await entries(folder)).filter(({ isFolder }) => isFolder).map(({ name }) => name);

/**
 * The names of a class's pictures, sorted.
 *
 * @throws DataError when the folder holds anything but pictures, which would else be left out unseen, or nothing.
 */
export async function pictureNames(folder: string): Promise<string[]> {
  const found = await entries(folder);
  const stray = found.find(({ name, isFolder }) => isFolder || !ENDINGS.has(extname(name).toLowerCase()));
  if (stray !== undefined) {
    throw new DataError(
      `The class folder ${folder} holds ${stray.isFolder ? 'the folder' : 'the file'} "${stray.name}", but only ` +
        `pictures (${[...ENDINGS].join(', ')}) are wanted: convert it, or take it out.`,
    );
  }
  if (found.length === 0) {
    throw new DataError(`The class folder ${folder} holds no picture: add some, or remove the folder.`);
  }
  return found.map(({ name }) => name);
}
