/** A folder that appears with everything in it, or not at all. */
import { fileError } from '@plumbline/training';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** The names in `folder`; none where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new Error(
      `${folder} cannot be used as a folder (${codeOf(error)}): choose another one for --out.`,
      {
        cause: error,
      },
    );
  }
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');

/** @throws when `folder` holds something, or is none. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length === 0) return;
  throw new Error(
    `${folder} holds files already (${listed(names)}): choose another folder for --out, or add --overwrite.`,
  );
}

/** @throws when `folder`, which is to be replaced as a whole, holds something else than files of these names. */
export async function refuseForeignFiles(folder: string, own: readonly string[]): Promise<void> {
  const foreign = (await namesIn(folder)).filter((name) => !own.includes(name));
  if (foreign.length === 0) return;
  throw new Error(
    `${folder} holds files that are of no export (${listed(foreign)}), and --overwrite would remove them with the folder: ` +
      'choose another folder for --out.',
  );
}

/** Puts back, or removes, the former folder that a run which was killed has set aside. */
async function settleFormer(former: string, target: string): Promise<void> {
  try {
    await rename(former, target);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    // The new folder has its place already.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
    await rm(former, { recursive: true });
  }
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
    await settleFormer(former, target);
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
