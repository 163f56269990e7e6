/**
 * pip as the client of the Python package index: it knows which index, mirror, proxy and credentials this machine is
 * set up for. It says where a wheel lies, so that we can download it resumably; or downloads it itself.
 */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atLeastVersion } from './platform.ts';
import { lastLine, runCommand } from './run-command.ts';
import { TENSORFLOW_VERSION, type Wheel, WHEEL_PYTHON } from './wheels.ts';

export interface Pip {
  /** "python3". */
  readonly python: string;
  readonly version: string;
}

/** How to get pip, for messages. */
export const PIP_MENDING = 'install Python 3 with pip (Debian, Ubuntu: `sudo apt-get install python3-pip`)';

/** This machine's pip, or null. */
export async function findPip(signal?: AbortSignal): Promise<Pip | null> {
  for (const python of ['python3', 'python']) {
    const { status, stdout } = await runCommand(python, ['-m', 'pip', '--version'], { signal });
    const version = /^pip (\S+)/.exec(stdout)?.[1];
    if (status === 0 && version !== undefined) return { python, version };
  }
  return null;
}

const selection = (wheel: Wheel): string[] => [
  '--no-deps',
  '--only-binary=:all:',
  `--platform=${wheel.tag}`,
  `--python-version=${WHEEL_PYTHON.version}`,
  `--implementation=${WHEEL_PYTHON.implementation}`,
  `--abi=${WHEEL_PYTHON.abi}`,
  `${wheel.project}==${TENSORFLOW_VERSION}`,
];

/** Impatient: a machine without a network should come to the next option soon. */
const NETWORK = ['--disable-pip-version-check', '--retries=1', '--timeout=20'];

/** From this version on, `--dry-run` reads a wheel's metadata alone instead of downloading it. */
const DRY_RUN_SINCE = '23.2';

interface InstallReport {
  readonly install: readonly { readonly download_info: { readonly url: string } }[];
}

/** Where the wheel lies (http, https or file), or null when this pip cannot tell. */
export async function locateWheel(pip: Pip, wheel: Wheel, signal?: AbortSignal): Promise<URL | null> {
  if (!atLeastVersion(pip.version, DRY_RUN_SINCE)) return null;
  const { status, stdout } = await runCommand(
    pip.python,
    // The target is never made: nothing is installed. pip wants one before it takes another platform's wheel.
    [
      '-m',
      'pip',
      'install',
      '--dry-run',
      '--ignore-installed',
      '--quiet',
      '--report=-',
      '--target=unused',
      ...NETWORK,
      ...selection(wheel),
    ],
    { signal },
  );
  return status === 0 ? urlFromReport(stdout, wheel.filename) : null;
}

/** Reads pip's installation report, the JSON of `--report`. */
export function urlFromReport(report: string, filename: string): URL | null {
  try {
    const [entry] = (JSON.parse(report) as InstallReport).install;
    const url = new URL(entry?.download_info.url ?? '');
    return url.pathname.endsWith(`/${filename}`) ? url : null;
  } catch {
    return null;
  }
}

/** Lets pip download the wheel to `file`, with its own progress bar. */
export async function downloadByPip(
  pip: Pip,
  wheel: Wheel,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(`${file}.pip-`);
  try {
    const { status, stderr } = await runCommand(
      pip.python,
      ['-m', 'pip', 'download', '--no-cache-dir', `--dest=${folder}`, ...NETWORK, ...selection(wheel)],
      { signal, showOutput: true },
    );
    if (status !== 0) throw new Error(`pip could not download ${wheel.filename}: ${lastLine(stderr)}`);
    await rename(join(folder, wheel.filename), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
