/**
 * Whether the packages work outside this repository: `npm run check:packages` packs them as npm would publish them,
 * lints the tarballs, installs them into a copy of packages/norm/example and runs it. One line for each check.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { bundle } from './bundle.ts';
import {
  buildPublished,
  folderOf,
  PUBLISHED,
  ROOT,
  runNode,
  runNpm,
  type PublishedName,
} from './workspace.ts';

const LEAST_ACCURACY = 90;

interface Tarball {
  readonly name: PublishedName;
  readonly path: string;
  readonly files: readonly string[];
}

async function pack(name: PublishedName, folder: string): Promise<Tarball> {
  const report = await runNpm(['pack', '--json', '--pack-destination', folder], folderOf(name));
  // npm 12 keys its report by package; before, it was a list.
  const [packed] = Object.values(
    JSON.parse(report) as Record<string, { filename: string; files: { path: string }[] }>,
  );
  if (packed === undefined) throw new Error(`npm packed nothing: ${report}`);
  return { name, path: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** Sources, what is built of them, and three files about the package; no tests, no leftovers. */
function checkContents({ files }: Tarball): string {
  const sources = new Set(files.filter((path) => path.startsWith('src/')));
  const isBuilt = (path: string): boolean =>
    sources.has(path.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'));
  const isTest = (path: string): boolean => /\.test\.|\/testing\//.test(path);
  const wrong = files.filter((path) => {
    if (path.startsWith('src/')) return !path.endsWith('.ts') || isTest(path);
    return !['LICENSE', 'README.md', 'package.json'].includes(path) && !isBuilt(path);
  });
  if (wrong.length > 0) throw new Error(`the tarball holds what nobody needs: ${wrong.join(', ')}`);
  if (!files.includes('LICENSE') || sources.size === 0) throw new Error('the tarball lacks LICENSE or src.');
  return `${files.length} files, no test among them`;
}

async function checkWithPublint({ path }: Tarball): Promise<string> {
  const tarball = Uint8Array.from(await readFile(path)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  if (messages.length === 0) return 'no message';
  throw new Error(messages.map((message) => formatMessage(message, pkg, { color: false })).join('\n'));
}

/** The profile says that the package has ES modules only: `require` and TypeScript's old resolution are left out. */
async function checkTypes({ path }: Tarball): Promise<string> {
  const cli = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  await runNode(cli, [path, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii'], ROOT);
  return 'ES modules with types in Node and bundlers';
}

async function installExample(tarballs: readonly Tarball[], folder: string): Promise<string> {
  await cp(join(folderOf('norm'), 'example'), folder, { recursive: true });
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { dependencies: Record<string, string> };
  for (const { name, path } of tarballs) manifest.dependencies[`@plumbline/${name}`] = `file:${path}`;
  await writeFile(file, JSON.stringify(manifest));
  await runNpm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  const layers = await runNpm(['ls', '@tensorflow/tfjs-layers', '--parseable', '--all'], folder);
  const copies = layers.trim().split('\n').length;
  if (copies !== 1) throw new Error(`there are ${copies} copies of @tensorflow/tfjs-layers:\n${layers}`);
  return 'one copy of TensorFlow.js';
}

async function runExample(folder: string): Promise<string> {
  const output = await runNode('train.mjs', [], folder);
  const losses = [...output.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  const accuracy = Number(/held-out accuracy: (\d+) %/.exec(output)?.[1]);
  const difference = Number(/the predictions differ by (\S+)/.exec(output)?.[1]);
  const [first = NaN] = losses;
  const last = losses.at(-1) ?? NaN;
  if (last < first / 2 && accuracy >= LEAST_ACCURACY && difference === 0) {
    return `loss ${first} to ${last}, ${accuracy} % of new pictures right, loaded as saved`;
  }
  throw new Error(`it did not learn or did not load what it saved:\n${output}`);
}

/** The names of the classes that the bundle of `program` makes known to `loadLayersModel`. */
async function registeredBy(program: string, folder: string): Promise<string[]> {
  await writeFile(join(folder, 'bundle.mjs'), await bundle(program, folder));
  const probe = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-layers';
    const names = () => Object.keys(tf.serialization.SerializationMap.getMap().classNameMap);
    const before = new Set(names());
    await import('./bundle.mjs');
    console.log(names().filter((name) => !before.has(name)).join(' '));`;
  await writeFile(join(folder, 'probe.mjs'), probe);
  return (await runNode('probe.mjs', [], folder)).trim().split(' ');
}

async function checkTreeShaking(folder: string): Promise<string> {
  const one = "import { GroupNorm } from '@plumbline/norm'; export const layer = new GroupNorm();";
  const alone = await registeredBy(one, folder);
  if (alone.join() !== 'GroupNorm') throw new Error(`using GroupNorm registers ${alone.join(', ')}.`);
  const all = await registeredBy("import '@plumbline/norm/register';", folder);
  for (const name of ['BatchNorm', 'GroupNorm', 'NormConv2D', 'WeightAlign', 'WeightStandardization']) {
    if (!all.includes(name)) throw new Error(`@plumbline/norm/register does not register ${name}.`);
  }
  return `a bundle with GroupNorm registers it alone, one with @plumbline/norm/register all ${all.length} classes`;
}

async function check<Result>(title: string, body: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await body().catch((error: unknown) => {
    console.log(`failed  ${title}`);
    throw error;
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`ok  ${title}${typeof result === 'string' ? `: ${result}` : ''} (${seconds} s)`);
  return result;
}

const folder = await mkdtemp(join(tmpdir(), 'plumbline-packages-'));
try {
  await check('build', buildPublished);
  const tarballs: Tarball[] = [];
  for (const name of PUBLISHED) {
    const tarball = await check(`pack @plumbline/${name}`, () => pack(name, folder));
    tarballs.push(tarball);
    await check(`contents of @plumbline/${name}`, () => Promise.resolve(checkContents(tarball)));
    await check(`publint @plumbline/${name}`, () => checkWithPublint(tarball));
    await check(`attw @plumbline/${name}`, () => checkTypes(tarball));
  }
  const example = join(folder, 'example');
  await check('install into the example', () => installExample(tarballs, example));
  await check('run the example', () => runExample(example));
  await check('tree shaking', () => checkTreeShaking(example));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
