/** Takes libtensorflow's two libraries and the C headers out of a wheel. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Say } from './say.ts';
import { isReachedHeader, libraryNames } from './wheels.ts';
import { extractZipEntry, readZipDirectory, type ZipEntry } from './zip.ts';

export interface UnpackOptions {
  /** As `process.platform`. */
  readonly os: string;
  readonly say: Say;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes `<folder>/lib/<libraries>` and `<folder>/include/…`.
 * @throws when the wheel lacks a library.
 */
export async function unpackWheel(wheelFile: string, folder: string, options: UnpackOptions): Promise<void> {
  const entries = await readZipDirectory(wheelFile);
  const libraries = libraryNames(options.os).map((name): readonly [ZipEntry, string] => {
    const entry = entries.find((candidate) => candidate.name === `tensorflow/${name}`);
    if (entry === undefined) {
      throw new Error(`${wheelFile} has no tensorflow/${name}; it is not the wheel that Plumbline builds on`);
    }
    return [entry, join(folder, 'lib', name)];
  });
  const headers = entries
    .filter(({ name }) => isReachedHeader(name))
    .map((entry): readonly [ZipEntry, string] => [
      entry,
      join(folder, entry.name.replace(/^tensorflow\//, '')),
    ]);

  const megabytes = libraries.reduce((sum, [{ bytes }]) => sum + bytes, 0) / 1e6;
  options.say(`Unpacking libtensorflow (${megabytes.toFixed(0)} MB) …`);
  for (const [entry, destination] of [...headers, ...libraries]) {
    await mkdir(dirname(destination), { recursive: true });
    await extractZipEntry(wheelFile, entry, destination, options.signal);
  }
}
