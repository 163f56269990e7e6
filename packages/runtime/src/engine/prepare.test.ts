import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSnippet } from '../testing/run-snippet.ts';
import { type AddonPackage, addonPackageIn } from './addon-package.ts';
import { buildEngine } from './build-engine.ts';
import { engineCache, type EngineCache, engineName, type EngineStamp, preparedEngines } from './cache.ts';
import { linkedEngine } from './link.ts';
import { prepareEngine } from './prepare.ts';
import { removeEngine } from './remove.ts';

let folder: string;
let cache: EngineCache;
let addon: AddonPackage;
const lines: string[] = [];
const say = (line: string) => void lines.push(line);

beforeEach(() => {
  vi.stubEnv('PLUMBLINE_BACKEND', '');
  lines.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'plumbline-engine-'));
  cache = engineCache({ PLUMBLINE_CACHE: join(folder, 'cache') });
  mkdirSync(join(folder, 'addon'));
  writeFileSync(join(folder, 'addon', 'package.json'), '{"version":"4.22.0"}');
  addon = addonPackageIn(join(folder, 'addon'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a finished engine into the cache, as far as its files go. */
function putEngine(changes: Partial<EngineStamp> = {}): string {
  const stamp: EngineStamp = {
    libtensorflow: '2.21.0',
    flavour: 'cpu',
    platform: `${process.platform}-${process.arch}`,
    addon: '4.22.0',
    origin: 'wheel',
    sha256: null,
    binding: 'tfjs_binding.node',
    files: { 'tfjs_binding.node': 7, [join('lib', 'library')]: 3 },
    gpuSeen: false,
    preparedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
  const place = join(cache.engines, engineName(stamp));
  mkdirSync(join(place, 'lib'), { recursive: true });
  writeFileSync(join(place, 'tfjs_binding.node'), 'binding');
  writeFileSync(join(place, 'lib', 'library'), 'lib');
  writeFileSync(join(place, 'engine.json'), JSON.stringify(stamp));
  return place;
}

describe('engineCache', () => {
  it('obeys PLUMBLINE_CACHE, then XDG_CACHE_HOME, then the home folder', () => {
    expect(engineCache({ PLUMBLINE_CACHE: '/a', XDG_CACHE_HOME: '/b' }).root).toBe('/a');
    expect(engineCache({ XDG_CACHE_HOME: '/b' }).root).toBe('/b/plumbline');
    expect(engineCache({}).root).toBe(join(homedir(), '.cache', 'plumbline'));
  });
});

describe('prepareEngine', () => {
  it('links an engine that is in the cache, and next time finds it linked', async () => {
    const place = putEngine();
    const first = await prepareEngine({ cache, addon, say });
    expect(first).toMatchObject({ kind: 'native', wasReady: true });
    expect(readlinkSync(addon.bindingPath)).toBe(join(place, 'tfjs_binding.node'));
    const second = await prepareEngine({ cache, addon, say });
    expect(second.engine).toEqual(first.engine);
    expect(lines).toEqual([]);
  });

  it('repairs a link whose engine is gone', async () => {
    const gone = putEngine({ flavour: 'gpu' });
    await prepareEngine({ cache, addon, say });
    rmSync(gone, { recursive: true });
    const place = putEngine();
    await prepareEngine({ cache, addon, say });
    expect(linkedEngine(addon)?.folder).toBe(place);
  });

  it('does not take an engine that lost bytes, of another addon, or of a flavour not asked for', async () => {
    writeFileSync(join(putEngine(), 'lib', 'library'), '');
    putEngine({ addon: '4.0.0' });
    putEngine({ flavour: 'gpu' });
    vi.stubEnv('CXX', 'no-such-compiler');
    const { kind } = await prepareEngine({ cache, addon, say, flavour: 'cpu' });
    expect(kind).toBe('portable');
  });

  it('comes to the portable backend with one line that has every reason, and leaves nothing', async () => {
    vi.stubEnv('CXX', 'no-such-compiler');
    // The line is said once per process, so this needs a process of its own.
    const { stdout, stderr } = await runSnippet(`
      import { addonPackageIn } from './engine/addon-package.ts';
      import { engineCache, prepareEngine } from './engine/index.ts';
      const addon = addonPackageIn(${JSON.stringify(addon.folder)});
      const cache = engineCache({ PLUMBLINE_CACHE: ${JSON.stringify(cache.root)} });
      const lines = [];
      const outcome = await prepareEngine({ addon, cache, flavour: 'cpu', say: (line) => lines.push(line) });
      console.log(JSON.stringify({ outcome, lines }));
    `);
    expect(stderr).toBe('');
    const { outcome, lines: said } = JSON.parse(stdout) as { outcome: { kind: string }; lines: string[] };
    expect(outcome.kind).toBe('portable');
    const notices = said.filter((line) => line.includes('several times slower'));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/the download of @tensorflow\/tfjs-node-gpu failed.*`npm run engine`/);
    expect(existsSync(addon.bindingPath)).toBe(false);
    expect(readdirSync(cache.engines)).toEqual([]);
    expect(existsSync(cache.lock)).toBe(false);
  });

  it('prepares nothing when another backend is forced', async () => {
    vi.stubEnv('PLUMBLINE_BACKEND', 'wasm');
    expect(await prepareEngine({ cache, addon, say })).toMatchObject({ kind: 'portable', wasReady: true });
    expect(existsSync(cache.root)).toBe(false);
  });

  it('says what to do about a cache that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const unwritable = engineCache({ PLUMBLINE_CACHE: join(folder, 'file', 'cache') });
    await expect(prepareEngine({ cache: unwritable, addon, say })).rejects.toThrow(
      /cannot be written.*PLUMBLINE_CACHE/,
    );
  });

  it('loads no TensorFlow.js', async () => {
    const { stdout } = await runSnippet(`
      import './engine/index.ts';
      import module from 'node:module';
      console.log(JSON.stringify(Object.keys(module._cache).filter((path) => path.includes('@tensorflow'))));
    `);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

describe('buildEngine', () => {
  const built = {
    origin: 'wheel',
    flavour: 'cpu',
    platform: 'linux-x64',
    sha256: null,
    binding: 'binding.cjs',
  } as const;
  const goodBinding = `module.exports = {
    TF_Version: '2.21.0', isUsingGpuDevice: () => false, createTensor: () => 1,
    executeOp: () => [{ id: 2 }], tensorDataSync: () => [22, 28, 49, 64],
  };`;

  it('stamps a verified engine with what it needs', async () => {
    const engine = await buildEngine({ cache, addon }, async (place) => {
      writeFileSync(join(place, 'binding.cjs'), goodBinding);
      return { ...built, needs: ['binding.cjs'] };
    });
    expect(engine.stamp).toMatchObject({
      libtensorflow: '2.21.0',
      files: { 'binding.cjs': goodBinding.length },
    });
    expect(preparedEngines(cache)).toEqual([engine]);
  });

  it('leaves nothing of an engine that does not work', async () => {
    const fill = async (place: string) => {
      writeFileSync(join(place, 'binding.cjs'), 'throw new Error("symbol lookup")');
      return { ...built, needs: ['binding.cjs'] };
    };
    await expect(buildEngine({ cache, addon }, fill)).rejects.toThrow('does not load (Error: symbol lookup)');
    expect(readdirSync(cache.engines)).toEqual([]);
  });
});

describe('removeEngine', () => {
  it('removes link, engines and downloads, and nothing else of the folder', async () => {
    putEngine();
    await prepareEngine({ cache, addon, say });
    mkdirSync(cache.downloads);
    writeFileSync(join(cache.downloads, 'wheel.part'), '1234567890');
    writeFileSync(join(cache.root, 'notes.txt'), "the user's own");
    const removed = await removeEngine({ cache, addon });
    expect(removed.bytes).toBeGreaterThan(20);
    expect(removed.foreignBindingLeft).toBe(false);
    expect(lstatSync(addon.bindingPath, { throwIfNoEntry: false })).toBeUndefined();
    expect(readdirSync(cache.root)).toEqual(['notes.txt']);
  });

  it('leaves a binding alone that Plumbline did not make', async () => {
    mkdirSync(dirname(addon.bindingPath), { recursive: true });
    writeFileSync(addon.bindingPath, 'built by hand');
    expect(await removeEngine({ cache, addon })).toMatchObject({ bytes: 0, foreignBindingLeft: true });
    expect(readFileSync(addon.bindingPath, 'utf8')).toBe('built by hand');
  });
});
