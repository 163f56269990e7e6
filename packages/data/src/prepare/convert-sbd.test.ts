import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertSbd, decodeSbdMask, readSbd } from './convert-sbd.ts';
import { readIndexMask } from '../images/index-mask.ts';
import { compressedMat, plainMat } from './mat-golden.test.fixture.ts';
import { tgzOf } from './tar.test.fixture.ts';
import { maskOf, temporaryFolder, tinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { writeIndexMask } from '../images/write-image.ts';

const CLS = 'benchmark_RELEASE/dataset/cls';
const golden = { width: 3, height: 2, data: Uint8Array.from([0, 0, 15, 8, 20, 15]) };

/** SBD with masks of a train image, a val image, h and i, and of a picture that is not there; h has one before. */
async function tinySbd(): Promise<{ root: string; archive: string; unpacked: string }> {
  const { root, imagePath } = await tinyVoc();
  for (const id of 'hi') await writeFile(imagePath(id), 'a picture');
  await writeIndexMask(
    join(root, 'SegmentationClassAug', 'h.png'),
    maskOf(3, 2, () => 1),
  );
  const folder = await temporaryFolder();
  const entries: Record<string, string | Uint8Array> = { 'benchmark_RELEASE/dataset/train.txt': 'b\nh\n' };
  for (const id of ['b', 'e', 'h', 'i', 'gone']) {
    entries[`${CLS}/${id}.mat`] = compressedMat();
    entries[`benchmark_RELEASE/dataset/inst/${id}.mat`] = 'objects';
    entries[`benchmark_RELEASE/dataset/img/${id}.jpg`] = 'a picture';
  }
  for (const [name, content] of Object.entries(entries)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const archive = join(await temporaryFolder(), 'benchmark.tgz');
  await writeFile(archive, await tgzOf(entries));
  return { root, archive, unpacked: folder };
}

describe('readSbd and convertSbd', () => {
  it('convert the masks that VOC lacks and does not score', async () => {
    const { root, archive } = await tinySbd();
    const masks = await readSbd({ source: archive, root });
    expect([...masks.files.keys()]).toEqual(['i']);
    expect(masks).toMatchObject({ present: 1, covered: 1, validation: 1, withoutPicture: 1 });
    const done: string[] = [];
    await convertSbd(masks, root, (count, total) => done.push(`${count}/${total}`));
    expect(done).toEqual(['1/1']);
    expect((await readdir(join(root, 'SegmentationClassAug'))).sort()).toEqual(
      ['a', 'g', 'h', 'i'].map((id) => `${id}.png`),
    );
    expect(await readIndexMask(join(root, 'SegmentationClassAug', 'i.png'))).toEqual(golden);
  });

  it('leave alone what is there', async () => {
    const { root, archive } = await tinySbd();
    await convertSbd(await readSbd({ source: archive, root }), root);
    expect((await readIndexMask(join(root, 'SegmentationClassAug', 'h.png'))).data[0]).toBe(1);
    expect(await readSbd({ source: archive, root })).toMatchObject({ files: new Map(), present: 2 });
  });

  it('take the unpacked folder as well, at any of its levels', async () => {
    const { root, unpacked } = await tinySbd();
    for (const level of ['', 'benchmark_RELEASE', 'benchmark_RELEASE/dataset', CLS]) {
      const masks = await readSbd({ source: join(unpacked, level), root });
      expect([...masks.files.keys()]).toEqual(['i']);
    }
  });

  it('refuse what is no SBD', async () => {
    const { root } = await tinyVoc();
    const folder = await temporaryFolder();
    await expect(readSbd({ source: folder, root })).rejects.toThrow(
      `${folder} has no dataset/cls/<id>.mat: pass SBD's`,
    );
    await expect(readSbd({ source: join(folder, 'x.tgz'), root })).rejects.toThrow('There is no archive');
  });

  it('name the mask that cannot be used, and keep the others', async () => {
    const { root, archive } = await tinySbd();
    const masks = await readSbd({ source: archive, root });
    const files = new Map([...masks.files, ['j', Buffer.from('nothing')]]);
    await expect(convertSbd({ ...masks, files }, root)).rejects.toThrow(
      `The mask j.mat of ${archive} cannot be used (it is no little-endian MAT-file of level 5)`,
    );
    expect(await readdir(join(root, 'SegmentationClassAug'))).toContain('i.png');
    expect(await readdir(join(root, 'SegmentationClassAug'))).not.toContain('j.png');
  });
});

describe('decodeSbdMask', () => {
  it('turns columns into rows', () => {
    expect(decodeSbdMask(compressedMat(), 'x.mat')).toEqual(golden);
  });

  it('refuses values that are no classes of VOC', () => {
    const file = plainMat();
    // The six labels lie together, column by column.
    file.writeUInt8(21, file.indexOf(Buffer.from([0, 8, 0, 20, 15, 15])) + 3);
    expect(() => decodeSbdMask(file, 'x.mat')).toThrow(
      'The mask x.mat cannot be used (it holds the value 21, and 0…20 are wanted)',
    );
  });
});
