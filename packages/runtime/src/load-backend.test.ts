import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSnippet } from './testing/run-snippet.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-addon-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An addon package whose binding is absent, or there but unloadable. */
function fakeAddon(name: string, withBinding: boolean): string {
  const addon = join(folder, name);
  mkdirSync(join(addon, 'lib', 'napi-v8'), { recursive: true });
  writeFileSync(join(addon, 'package.json'), '{"version":"4.22.0","main":"index.js"}');
  writeFileSync(
    join(addon, 'index.js'),
    'throw new Error("libtensorflow_cc.so.2: cannot open\\nRequire stack:");',
  );
  if (withBinding) writeFileSync(join(addon, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
  return addon;
}

const load = (request: string, addon: string): string => `
  import { addonPackageIn } from './engine/addon-package.ts';
  import { loadBackend } from './load-backend.ts';
  import * as tf from '@tensorflow/tfjs';
  const loaded = await loadBackend(${JSON.stringify(request)}, addonPackageIn(${JSON.stringify(addon)}));
  console.log(JSON.stringify({ ...loaded, active: tf.getBackend() }));
`;

describe('loadBackend', () => {
  it('falls back to wasm and says once what that costs and what to do', async () => {
    const { stdout, stderr } = await runSnippet(load('', fakeAddon('unprepared', false)));
    expect(JSON.parse(stdout)).toMatchObject({ name: 'wasm', active: 'wasm', forced: false });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/several times slower.*not prepared; run `npm run engine`/);
  });

  it('falls back to wasm when the engine does not load, giving the first line of the reason', async () => {
    const { stdout, stderr } = await runSnippet(load('', fakeAddon('broken', true)));
    expect(JSON.parse(stdout)).toMatchObject({ name: 'wasm', active: 'wasm' });
    expect(stderr).toContain('does not load (libtensorflow_cc.so.2: cannot open); run `npm run doctor`');
  });

  it('refuses a forced backend that cannot be had', async () => {
    const { status, stderr } = await runSnippet(load('tensorflow', fakeAddon('absent', false)));
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'PLUMBLINE_BACKEND asks for "tensorflow", but the native engine is not prepared',
    );
  });
});

describe('importing the runtime', () => {
  const train = `
    import { canTrain, describeBackend, tf } from './index.ts';
    const before = tf.memory().numTensors;
    const trains = canTrain();
    const leaked = tf.memory().numTensors - before;
    console.log(JSON.stringify({ name: describeBackend().name, active: tf.getBackend(), trains, leaked }));
  `;

  it.each(['wasm', 'cpu'])('trains on the forced "%s" backend without a word', async (name) => {
    const { stdout, stderr } = await runSnippet(train, { PLUMBLINE_BACKEND: name });
    expect(JSON.parse(stdout)).toEqual({ name, active: name, trains: true, leaked: 0 });
    expect(stderr).toBe('');
  });

  it('refuses an unknown backend', async () => {
    const { status, stderr } = await runSnippet("import './index.ts';", { PLUMBLINE_BACKEND: 'jax' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('PLUMBLINE_BACKEND is "jax"; it must be one of tensorflow, wasm, cpu');
  });
});
