/** Runs a program to its end, keeping what it printed. */
import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Null when a signal ended it, or when it could not be started at all. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when there is no such program. */
  readonly isMissing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** After so many milliseconds it is ended. */
  readonly timeout?: number;
  /** Shows its standard output (a progress bar) instead of keeping it. */
  readonly showOutput?: boolean;
}

/** @throws only when `signal` aborts. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { signal, showOutput, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...rest,
      ...(signal === undefined ? {} : { signal }),
      stdio: ['ignore', showOutput === true ? 'inherit' : 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(error);
      else
        resolve({
          status: null,
          signal: null,
          isMissing: error.code === 'ENOENT',
          stdout,
          stderr: error.message,
        });
    });
    child.on('close', (status, endSignal) =>
      resolve({ status, signal: endSignal, isMissing: false, stdout, stderr }),
    );
  });
}

/** The last line that says something: where most programs put their reason. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
