/**
 * Further processes of this program that work on a study. A step of few images on a small network gains nothing from a second
 * thread: one process for every core, of one thread each, uses them all (ResNet-20 at one image: 1.9 times the steps of two
 * threads on two cores).
 */
import type { Progress } from '@plumbline/training';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Of libtensorflow and of OpenMP; what the environment says already stays. */
const ONE_THREAD = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  OMP_NUM_THREADS: '1',
} as const;

/** Of a process that was stopped, and everything is kept. */
const STOPPED = 130;

export interface WorkersOptions {
  /** What this program is called with in each process. */
  readonly args: readonly string[];
  readonly processes: number;
  readonly signal: AbortSignal;
  /** Shows their lines, each with the number of its process. */
  readonly progress: Progress;
  /** The program: a file, and Node's own flags. Default: this process's. */
  readonly program?: readonly string[];
}

/**
 * Runs all of them to their ends. When the signal is raised they are told to stop.
 *
 * @returns false if one of them was stopped.
 * @throws if one of them ended with an error, after all have ended.
 */
export async function runWorkers({
  args,
  processes,
  signal,
  progress,
  program = [...process.execArgv, process.argv[1] ?? ''],
}: WorkersOptions): Promise<boolean> {
  if (signal.aborted) return false;
  const ends = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      runWorker([...program, ...args], signal, (line) => progress.message(`[${index + 1}] ${line}`)),
    ),
  );
  // One that was told to stop before it could listen is ended by the signal.
  const failed = ends.filter(
    (code) => code !== 0 && code !== STOPPED && !(code === null && signal.aborted),
  ).length;
  if (failed > 0) {
    throw new Error(
      `${failed} of ${processes} processes ended with an error, which stands above: what they had done is kept; the same command goes on.`,
    );
  }
  return !signal.aborted && ends.every((code) => code === 0);
}

/** @returns the exit code; null where a signal ended it. */
function runWorker(
  command: readonly string[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      env: { ...ONE_THREAD, ...process.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => {
      child.kill('SIGINT');
    };
    signal.addEventListener('abort', stop);
    sayLines(child.stdout, say);
    sayLines(child.stderr, say);
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code);
    });
  });
}

function sayLines(stream: Readable, say: (line: string) => void): void {
  createInterface({ input: stream }).on('line', (line) => {
    if (line.trim() !== '') say(line);
  });
}
