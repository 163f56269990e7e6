/**
 * The engine from the addon package's own download: an old libtensorflow (2.9.1, CUDA 11) with a ready binding. Its
 * install script runs in a copy of the package, so that a failure leaves nothing half-done in `node_modules`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type BuildOptions, buildEngine } from './build-engine.ts';
import type { PreparedEngine } from './cache.ts';
import { type EnginePlatform, type Flavour, platformName } from './platform.ts';
import { lastLine, runCommand } from './run-command.ts';
import type { Say } from './say.ts';

const NEEDED_BY_INSTALL = ['package.json', 'binding.gyp', 'binding', 'scripts', 'node_modules'];
const BINDING = join('lib', 'napi-v8', 'tfjs_binding.node');
const TIMEOUT_MILLISECONDS = 30 * 60_000;

/** The `node_modules` folders that a package in `folder` would find its dependencies in. */
function moduleFolders(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const candidate = join(at, 'node_modules');
    if (existsSync(candidate)) folders.push(candidate);
  }
  return folders;
}

/** @throws one sentence that says why the package's own download did not work. */
export function buildFromPackage(
  flavour: Flavour,
  platform: EnginePlatform,
  options: BuildOptions & { readonly say: Say },
): Promise<PreparedEngine> {
  const { addon, say, signal } = options;
  return buildEngine(options, async (folder) => {
    if (platform.os === 'win32') {
      throw new Error(
        'on Windows the native engine needs Linux: use the Windows Subsystem for Linux (`wsl --install`)',
      );
    }
    for (const name of NEEDED_BY_INSTALL) {
      const source = join(addon.folder, name);
      if (existsSync(source)) await cp(source, join(folder, name), { recursive: true, dereference: true });
    }
    say('Trying the download of @tensorflow/tfjs-node-gpu itself …');
    const modules = moduleFolders(addon.folder);
    const result = await runCommand(process.execPath, [join('scripts', 'install.js'), flavour, 'download'], {
      cwd: folder,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE_PATH: modules.join(delimiter),
        PATH: [
          ...modules.map((modulesFolder) => join(modulesFolder, '.bin')),
          process.env['PATH'] ?? '',
        ].join(delimiter),
      },
      signal,
      timeout: TIMEOUT_MILLISECONDS,
    });
    if (result.status !== 0 || !existsSync(join(folder, BINDING))) {
      const reason = result.stderr.split('\n').find((line) => /^\w*Error|errno/.test(line.trim()));
      throw new Error(
        `the download of @tensorflow/tfjs-node-gpu failed (${reason?.trim() ?? lastLine(result.stderr)})`,
      );
    }
    for (const name of NEEDED_BY_INSTALL) {
      if (name !== 'package.json') await rm(join(folder, name), { recursive: true, force: true });
    }
    const libraries = readdirSync(join(folder, 'deps', 'lib')).map((name) => join('deps', 'lib', name));
    return {
      origin: 'package',
      flavour,
      platform: platformName(platform),
      sha256: null,
      binding: BINDING,
      needs: [BINDING, ...libraries],
    };
  });
}
