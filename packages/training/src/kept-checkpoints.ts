// Checkpoints of earlier steps: the newest few stay beside the last and the best one, as step-<n>.safetensors.
//
// Each holds everything, so a run goes on from it once it is copied over last.safetensors. It begins as a second name of
// last.safetensors, which costs neither time nor room: the next checkpoint is another file that takes the name `last`.

import { createReadStream } from 'node:fs';
import { link, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError, writeFileAtomic } from './atomic-file.ts';
import type { RunFolder } from './run-folder.ts';

const NAME = /^step-(\d+)\.safetensors$/;
const PARTIAL = /^\.step-\d+\.safetensors\.partial$/;

/** The steps of which `run` has a checkpoint of its own, in order. */
export async function keptSteps(run: RunFolder): Promise<number[]> {
  const names = await readdir(dirname(run.lastCheckpoint)).catch(() => []);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Keeps the last checkpoint, which must be of `step`, as that of its step. Afterwards removes all but the `newest` kept
 * ones up to it, and those of later steps, which a run that went back has left behind. With 0 nothing is done.
 *
 * @throws with one sentence if the folder cannot be written.
 */
export async function keepCheckpoint(run: RunFolder, step: number, newest: number): Promise<void> {
  if (newest === 0) return;
  const folder = dirname(run.lastCheckpoint);
  const path = run.stepCheckpoint(step);
  await nameAlso(run.lastCheckpoint, path, join(folder, `.step-${step}.safetensors.partial`));
  const steps = await keptSteps(run);
  const kept = steps.filter((other) => other <= step).slice(-newest);
  const torn = (await readdir(folder)).filter((name) => PARTIAL.test(name));
  const superfluous = [
    ...steps.filter((other) => !kept.includes(other)).map((other) => run.stepCheckpoint(other)),
    ...torn.map((name) => join(folder, name)),
  ];
  for (const file of superfluous)
    await rm(file, { force: true }).catch((error: unknown) => {
      throw fileError(error, file);
    });
}

/** Gives `file` the name `path` as well, in one step; a copy of it, where the file system knows one name a file. */
async function nameAlso(file: string, path: string, temporary: string): Promise<void> {
  try {
    await rm(temporary, { force: true });
    await link(file, temporary);
    await rename(temporary, path);
    // A rename to another name of the same file leaves both.
    await rm(temporary, { force: true });
  } catch {
    await writeFileAtomic(path, contentOf(file));
  }
}

/** Opened when it is asked for: a stream that fails before anybody listens would end the process. */
async function* contentOf(file: string): AsyncGenerator<Uint8Array> {
  for await (const piece of createReadStream(file)) yield piece as Uint8Array;
}
