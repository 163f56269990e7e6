/** A folder that appears with everything in it, or not at all. */
import { fileError } from '@plumbline/training';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** @throws when `folder` holds something. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  throw new Error(
    `${folder} holds files already (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}): ` +
      `choose another folder for --out, or add --overwrite.`,
  );
}

/**
 * Lets `fill` write into a folder beside `folder`, which takes its name and its place when `fill` has returned. If it throws,
 * `folder` stays as it was and nothing else is left.
 */
export async function fillFolder<T>(folder: string, fill: (partial: string) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  const beside = (ending: string): string => join(dirname(target), `.${basename(target)}.${ending}`);
  const [partial, former] = [beside('partial'), beside('former')];
  try {
    // What a run that was killed has left.
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const result = await fill(partial);
    await mkdir(target, { recursive: true });
    await rename(target, former);
    await rename(partial, target).catch(async (error: unknown) => {
      await rename(former, target);
      throw error;
    });
    await rm(former, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, target);
  }
}

/** Writes files into a new folder. */
export async function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
}
