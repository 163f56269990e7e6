/** Compiles the addon's two source files against libtensorflow; no node-gyp, as N-API needs only four headers. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AddonPackage } from './addon-package.ts';
import { runCommand } from './run-command.ts';
import { libraryNames } from './wheels.ts';

/** The binding's file name in the engine's folder. */
export const BINDING_FILE = 'tfjs_binding.node';

const MENDING: Readonly<Record<string, string>> = {
  darwin: 'install one with `xcode-select --install`',
  linux: 'install one (Debian, Ubuntu: `sudo apt-get install g++`; Fedora: `sudo dnf install gcc-c++`)',
};

/** The first C++ compiler that answers: `$CXX`, else the usual names. @throws when there is none. */
export async function findCompiler(
  os: string,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<string> {
  const candidates = env['CXX'] ? [env['CXX']] : ['c++', 'g++', 'clang++'];
  for (const compiler of candidates) {
    if ((await runCommand(compiler, ['--version'], { env, signal })).status === 0) return compiler;
  }
  const mending = MENDING[os] ?? 'install one';
  throw new Error(
    `there is no C++ compiler (tried ${candidates.join(', ')}) to build TensorFlow's binding; ${mending}`,
  );
}

/** The arguments of the one compiler call, for an engine folder with `lib/` and `include/`. */
export function compilerArguments(
  os: string,
  addon: AddonPackage,
  folder: string,
  nodeApiInclude: string,
): string[] {
  const sources = join(addon.folder, 'binding');
  const origin = os === 'darwin' ? '@loader_path' : '$ORIGIN';
  return [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    // Node's own symbols are found when it loads the addon.
    ...(os === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    '-DNAPI_VERSION=8',
    '-DBUILDING_NODE_EXTENSION',
    `-I${nodeApiInclude}`,
    `-I${sources}`,
    `-I${addon.folder}`,
    `-I${join(folder, 'include')}`,
    join(sources, 'tfjs_backend.cc'),
    join(sources, 'tfjs_binding.cc'),
    ...libraryNames(os).map((library) => join(folder, 'lib', library)),
    `-Wl,-rpath,${origin}/lib`,
    '-o',
    join(folder, BINDING_FILE),
  ];
}

export interface CompileOptions {
  readonly os: string;
  readonly compiler: string;
  readonly signal?: AbortSignal | undefined;
}

/** @throws with the compiler's first complaint. */
export async function compileAddon(
  addon: AddonPackage,
  folder: string,
  options: CompileOptions,
): Promise<void> {
  const nodeApiInclude = join(dirname(createRequire(import.meta.url).resolve('node-api-headers')), 'include');
  const { status, stderr } = await runCommand(
    options.compiler,
    compilerArguments(options.os, addon, folder, nodeApiInclude),
    { signal: options.signal },
  );
  if (status === 0) return;
  const complaint = stderr.split('\n').find((line) => /error|cannot|undefined/i.test(line)) ?? stderr.trim();
  throw new Error(
    `compiling TensorFlow's binding with ${options.compiler} failed (${complaint}); ` +
      'a compiler with C++17 is needed (GCC 9 or Clang 10 and newer, `CXX` names another)',
  );
}
