import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openUsps } from './usps.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';
import { USPS_FILE, WRONG_USPS_FILE } from './usps-golden.test.fixture.ts';

async function stored(bytes: Uint8Array): Promise<string> {
  const root = await temporaryFolder();
  await writeFile(join(root, 'usps.h5'), bytes);
  return root;
}

describe('openUsps', () => {
  it('reads both parts as bytes, from the file or from its folder', async () => {
    const root = await stored(USPS_FILE);
    const train = await openUsps(root, 'train');
    expect([...train.labels]).toEqual([0, 1, 2]);
    expect(train).toMatchObject({ name: 'USPS train', ids: ['00000', '00001', '00002'] });
    if (train.pixels.kind !== 'memory') throw new Error('wrong kind');
    const { data, ...shape } = train.pixels;
    expect(shape).toEqual({ kind: 'memory', height: 16, width: 16, channels: 1 });
    expect([...data]).toEqual(
      Array.from({ length: 3 * 256 }, (_, i) => (Math.floor(i / 256) + (i % 256)) % 256),
    );
    expect([...(await openUsps(join(root, 'usps.h5'), 'test')).labels]).toEqual([7, 8]);
  });

  it('refuses other values, other shapes, what is no HDF5, and a missing file', async () => {
    const root = await stored(WRONG_USPS_FILE);
    await expect(openUsps(root, 'train')).rejects.toThrow(
      /Value 259 of train\/data in .* is -1, but 0…1 is wanted/,
    );
    await expect(openUsps(root, 'test')).rejects.toThrow(
      'images of shape [2, 8, 8] in test/data, but [n, 256]',
    );
    for (const bytes of [USPS_FILE.subarray(0, 500), Buffer.from('no HDF5 at all, but text')]) {
      await expect(openUsps(await stored(bytes), 'train')).rejects.toThrow(
        /could not be read as HDF5 with the arrays train\/data and train\/target/,
      );
    }
    await expect(openUsps(await temporaryFolder(), 'train')).rejects.toThrow(
      /The USPS file .*usps\.h5 does not exist/,
    );
  });
});
