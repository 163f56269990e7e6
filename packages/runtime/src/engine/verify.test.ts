import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyBinding } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A stand-in for the binding, written in JavaScript. */
function standIn(name: string, product: readonly number[], before = ''): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `${before}
    module.exports = {
      TF_Version: '2.21.0', isUsingGpuDevice: () => true, createTensor: () => 1,
      executeOp: () => [{ id: 2 }], tensorDataSync: () => Float32Array.from([${product.join()}]),
    };`,
  );
  return file;
}

describe('verifyBinding', () => {
  it('tells the version and whether a GPU was seen', async () => {
    const verified = await verifyBinding(standIn('good.cjs', [22, 28, 49, 64]));
    expect(verified).toEqual({ libtensorflow: '2.21.0', gpuSeen: true });
  });

  it('refuses a binding that computes wrongly', async () => {
    await expect(verifyBinding(standIn('wrong.cjs', [22, 28, 49, 65]))).rejects.toThrow(
      'a wrong matrix product',
    );
  });

  it('gives the reason when a binding does not load', async () => {
    const missing = standIn('unloadable.cjs', [], 'throw new Error("libtensorflow_cc.so.2: cannot open")');
    await expect(verifyBinding(missing)).rejects.toThrow(
      'does not load (Error: libtensorflow_cc.so.2: cannot open)',
    );
  });

  it('knows what an illegal instruction means', async () => {
    const crash = standIn('crash.cjs', [], "process.kill(process.pid, 'SIGILL');");
    await expect(verifyBinding(crash)).rejects.toThrow('instructions that this processor lacks (AVX)');
  });
});
