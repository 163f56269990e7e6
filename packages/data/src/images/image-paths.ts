// The images that a command line names: files, and all images below folders.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const IS_IMAGE = /\.(jpe?g|png|webp|tiff?|avif|gif|bmp)$/i;

async function below(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const images = names.filter((name) => IS_IMAGE.test(name)).sort();
  if (images.length > 0) return images.map((name) => join(folder, name));
  throw new Error(`${folder} holds no image: name image files, or folders with some.`);
}

/** @throws with one sentence if a path does not exist, or a folder has no image below it. */
export async function imagePaths(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const entry = await stat(path).catch((error: unknown) => {
        throw new Error(`There is no ${path}: name image files, or folders with some.`, { cause: error });
      });
      return entry.isDirectory() ? below(path) : [path];
    }),
  );
  return [...new Set(found.flat())];
}
