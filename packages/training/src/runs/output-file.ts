// The file that a command writes its results to.

import { stat } from 'node:fs/promises';

export interface OutputFlags {
  /** Left out: standard output. */
  out?: string;
  overwrite?: boolean;
}

/** @throws if the file exists and is not to be replaced. */
export async function refuseUsedFile({ out, overwrite = false }: OutputFlags): Promise<void> {
  if (out === undefined || overwrite) return;
  const exists = await stat(out).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`${out} exists: choose another --out, or say --overwrite.`);
}
