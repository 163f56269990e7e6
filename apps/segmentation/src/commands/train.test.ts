import { decode, encode, type DecodedPng } from 'fast-png';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { damagedSample, SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { train } from './train.ts';

const LIST = 'ImageSets/Segmentation/train.txt';
let folder = '';
let id = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  // With as many images as a batch, the first step reads it.
  [id = ''] = (await readFile(join(SAMPLE, LIST), 'utf8')).split('\n');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  vi.spyOn(console, 'log').mockReturnValue(undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The message of a training that fails before its first step is done. */
async function complaint(root: string, run = `${root}-run`, ...set: string[]): Promise<string> {
  const failed = train({ data: root, run, set: [...TINY, 'data.trainLimit=2', ...set] });
  return failed.then(
    () => 'trained without a complaint',
    (error: unknown) => (error instanceof Error ? error.message : 'threw something else'),
  );
}

const maskOf = (name: string, make: (mask: DecodedPng) => Uint8Array): Promise<string> =>
  damagedSample(join(folder, name), async (at) => {
    const path = join(at, 'SegmentationClass', `${id}.png`);
    await writeFile(path, make(decode(await readFile(path))));
  });

describe('bad input gives one sentence that names the file and says what to do', () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'a truncated JPEG',
      () =>
        damagedSample(join(folder, 'truncated'), (at) => truncate(join(at, 'JPEGImages', `${id}.jpg`), 900)),
      /^Image .*\.jpg could not be decoded: .*copy it again from its source, or take it out of the list/,
    ],
    [
      'a mask of another size',
      () =>
        maskOf('size', ({ palette = [] }) =>
          encode({ width: 4, height: 4, data: new Uint8Array(16), depth: 8, channels: 1, palette }),
        ),
      /^Mask .*\.png is 4×4 pixels, but its image .*\.jpg is .*: replace one of them/,
    ],
    [
      'an RGB mask',
      () =>
        maskOf('rgb', ({ width, height }) =>
          encode({ width, height, data: new Uint8Array(3 * width * height), depth: 8, channels: 3 }),
        ),
      /^Mask .*\.png .*RGB.*: /,
    ],
    [
      'an index that is no class',
      () =>
        maskOf('index', ({ width, height, palette = [] }) =>
          encode({
            width,
            height,
            data: new Uint8Array(width * height).fill(99),
            depth: 8,
            channels: 1,
            palette,
          }),
        ),
      /^Mask .*\.png holds the value 99 .*0…20 and 255 \(void\) are allowed: remap/,
    ],
    [
      'an id without files',
      () =>
        damagedSample(join(folder, 'missing'), async (at) =>
          writeFile(join(at, LIST), `${await readFile(join(at, LIST), 'utf8')}2099_000001\n`),
        ),
      /train\.txt asks for are missing in .*2099_000001\.jpg.*; unpack the data set again, or take/,
    ],
    [
      'a folder that is no data set',
      () => Promise.resolve(join(folder, 'nothing')),
      /holds no PASCAL VOC 2012: .*; pass the folder VOC2012/,
    ],
  ])('%s', async (_, damage, message) => {
    const said = await complaint(await damage());
    expect(said).toMatch(message);
    expect(said).not.toContain('\n');
    expect(said).toMatch(/\.$/);
  });

  it('a run folder that cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    expect(await complaint(SAMPLE, join(file, 'run'))).toMatch(
      /^Could not write .*; choose another run folder\.$/,
    );
  });

  it('an impossible option, and then there is no run folder', async () => {
    const run = join(folder, 'impossible');
    expect(await complaint(SAMPLE, run, 'model.recipe=wb')).toMatch(
      /^There is no normalization recipe "wb": use /,
    );
    expect(await complaint(SAMPLE, run, 'augment.scale=[2, 1]')).toMatch(/^augment\.scale is 2 to 1/);
    await expect(stat(run)).rejects.toThrow(/ENOENT/);
  });

  it('options that --resume would ignore', async () => {
    await expect(train({ resume: 'runs/x', set: ['seed=1'], data: 'voc' })).rejects.toThrow(
      /^--resume goes on with the run's own configuration: leave out --set, --data, or start a new run\.$/,
    );
    await expect(train({ resume: join(folder, 'nothing'), set: [] })).rejects.toThrow(/holds no run/);
  });
});
