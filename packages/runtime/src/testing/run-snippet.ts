/** Test helper: runs a snippet in a fresh Node on the sources, as a backend can be chosen only once per process. */
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from '../engine/run-command.ts';

/** `code` is an ES module whose relative imports start at the package's `src`. */
export const runSnippet = (code: string, env: NodeJS.ProcessEnv = {}): Promise<CommandResult> =>
  runCommand(
    process.execPath,
    ['--conditions=@plumbline/source', '--import', 'tsx', '--input-type=module', '--eval', code],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '', PLUMBLINE_BACKEND: '', ...env },
    },
  );
