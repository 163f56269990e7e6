/** The packages that are published for others' projects, and programs run on them, without a shell. */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** In the order in which they depend on each other. */
export const PUBLISHED = ['ops', 'norm'] as const;
export type PublishedName = (typeof PUBLISHED)[number];

export const folderOf = (name: PublishedName): string => join(ROOT, 'packages', name);

/** Runs `script` of Node and returns what it printed. Throws with all of it when the script fails. */
export async function runNode(script: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let all = '';
  child.stdout.on('data', (data: Buffer) => {
    out += String(data);
    all += String(data);
  });
  child.stderr.on('data', (data: Buffer) => {
    all += String(data);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return out;
  throw new Error(
    `"node ${[script, ...args].join(' ')}" in ${cwd} ended with ${code ?? 'a signal'}:\n${all}`,
  );
}

/** Runs npm, the one that runs this program. */
export function runNpm(args: readonly string[], cwd: string): Promise<string> {
  const npm = process.env['npm_execpath'];
  if (npm === undefined) throw new Error('npm_execpath is not set: start this program with `npm run`.');
  return runNode(npm, args, cwd);
}

/** Builds the published packages from nothing, so that no file of a renamed source is left in them. */
export async function buildPublished(): Promise<void> {
  for (const name of PUBLISHED) {
    await rm(join(folderOf(name), 'dist'), { recursive: true, force: true });
    await rm(join(folderOf(name), 'tsconfig.tsbuildinfo'), { force: true });
  }
  await runNode(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-b', 'packages/norm'], ROOT);
}
