// Where a run goes whose folder was not named.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Default root of runs, from where the command is typed. */
export const RUNS = 'runs';

/** `runs/<name>-1`, or the first number that is free. */
export async function freeRunFolder(name: string, root = RUNS): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(root, `${name}-${number}`);
    const taken = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!taken) return folder;
  }
}
