import { describe, expect, it } from 'vitest';
import { compilerArguments, findCompiler } from './compile-addon.ts';

const addon = { folder: '/addon', version: '4.22.0', bindingPath: '/addon/lib/napi-v8/tfjs_binding.node' };

describe('findCompiler', () => {
  it('says how to get a compiler where there is none', async () => {
    const env = { ...process.env, CXX: 'no-such-compiler' };
    await expect(findCompiler('linux', env)).rejects.toThrow(/tried no-such-compiler.*apt-get install g\+\+/);
    await expect(findCompiler('darwin', env)).rejects.toThrow('xcode-select --install');
  });

  it('takes the one that CXX names', async () => {
    // Anything that answers to --version will do.
    expect(await findCompiler('linux', { ...process.env, CXX: process.execPath })).toBe(process.execPath);
  });
});

describe('compilerArguments', () => {
  it('lets the binding find the libraries beside itself', () => {
    expect(compilerArguments('linux', addon, '/engine', '/napi')).toEqual(
      expect.arrayContaining([
        '-Wl,-rpath,$ORIGIN/lib',
        '/engine/lib/libtensorflow_cc.so.2',
        '-I/napi',
        '-I/engine/include',
      ]),
    );
    expect(compilerArguments('darwin', addon, '/engine', '/napi')).toEqual(
      expect.arrayContaining([
        '-Wl,-rpath,@loader_path/lib',
        'dynamic_lookup',
        '/engine/lib/libtensorflow_cc.2.dylib',
      ]),
    );
  });
});
