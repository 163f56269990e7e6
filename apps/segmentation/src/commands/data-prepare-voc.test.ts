import { openVoc } from '@plumbline/data';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SBD_ARCHIVE, VOC_ARCHIVE } from '../data/dataset-archive.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';
import { prepareVoc } from './data-prepare-voc.ts';

/** A mask of 3×2 pixels as SBD writes it, by scipy.io.savemat (SciPy 1.17.1). */
const MAT = Buffer.from(
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IFNhdCBOb3YgMjEgMDc6NTk6NTYgMjAyNgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAsAAAAHic42NgYHjByMDABqQ5gJiJAQJYoXxGJAwScw9JzikGs1kYhKDiZkDslF+al5JYlJlaDDWAITg1PTc1rySxJDM/DyLinFiSmp4PUhNQlFoMlAOK8QHxDQaE/Yxo9jMh2c8AVR+ApJ6VCeE2mHpmFHNY4PICUDFkPzEBSUYam2uBZC4nFv8hm8sEVQuUFOHnh+j3QNLPhqYfphemH2S+BCwKGBQcILQelDZxAADPJRge',
  'base64',
);
const CLS = 'benchmark_RELEASE/dataset/cls';

let folder: string;
let out: string;
let root: string;
let vocArchive: string;
let sbdArchive: string;
/** The sample's pictures that only trainaug uses, and those of val. */
let extra: string[];
let val: string[];
let printed: string;
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-prepare-'));
  out = join(folder, 'data');
  root = join(out, 'VOCdevkit', 'VOC2012');
  printed = said = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => (printed += `${text}\n`) && undefined);
  vi.spyOn(console, 'error').mockImplementation((text: string) => (said += `${text}\n`) && undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const ids = async (split: string): Promise<string[]> =>
    (await readFile(join(SAMPLE, 'ImageSets/Segmentation', `${split}.txt`), 'utf8')).trim().split('\n');
  val = await ids('val');
  const train = await ids('train');
  extra = (await ids('trainaug')).filter((id) => !train.includes(id));
  vocArchive = join(folder, 'voc.tar');
  const kept = [
    'JPEGImages',
    'SegmentationClass',
    ...['train', 'val', 'trainval'].map((s) => `ImageSets/Segmentation/${s}.txt`),
  ];
  execFileSync('tar', ['cf', vocArchive, '-C', join(SAMPLE, '..'), ...kept.map((name) => `VOC2012/${name}`)]);
  await mkdir(join(folder, CLS), { recursive: true });
  for (const id of [...extra, ...val.slice(0, 2)]) await writeFile(join(folder, CLS, `${id}.mat`), MAT);
  sbdArchive = join(folder, 'sbd.tgz');
  execFileSync('tar', ['czf', sbdArchive, '-C', folder, 'benchmark_RELEASE']);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('data prepare voc', () => {
  it('makes the splits from local archives, and says that they are a part', async () => {
    await prepareVoc({ out, vocArchive, sbdArchive });
    expect(printed).toMatch(/\ntrain +48 +48 +0 +[0-9a-f]{16}\n/);
    expect(printed).toMatch(/\ntrainaug +56 +48 +8 +[0-9a-f]{16}\n/);
    expect(printed).toContain(
      'train has 48 of 1464 images, val has 16 of 1449 images, trainval has 64 of 2913 images, trainaug has 56 of 10582 images.',
    );
    expect(said).toContain('8 masks of SBD converted; left out: 0 that VOC has masks of, 2 of val.');
    const { ids, files } = await openVoc({ root, split: 'trainaug' });
    expect(ids).toEqual([...ids].sort());
    expect(files.filter(({ mask }) => mask.includes('SegmentationClassAug')).map(({ id }) => id)).toEqual(
      extra,
    );
    expect(existsSync(join(out, 'downloads'))).toBe(false);
  });

  it('does nothing again that is done, whether or not the archives are still there', async () => {
    await prepareVoc({ out, vocArchive, sbdArchive });
    const first = printed;
    printed = said = '';
    await prepareVoc({ out });
    expect(printed).toBe(first);
    expect(said).toMatch(/holds all that its lists name;.*\n.*holds trainaug already;/);
  });

  it('prepares an unpacked VOC2012 in place, and leaves SBD out when told to', async () => {
    await mkdir(root, { recursive: true });
    execFileSync('tar', ['xf', vocArchive, '-C', join(root, '..')]);
    await prepareVoc({ out: root, sbd: false });
    expect(said).not.toContain('Unpacking');
    expect(printed).toMatch(/\ntrainval +64 /);
    expect(printed).not.toContain('trainaug');
    printed = '';
    await prepareVoc({ out: root, sbdArchive: folder });
    expect(printed).toMatch(/\ntrainaug +56 +48 +8 /);
  });

  it('goes on after an archive that ended early', async () => {
    const whole = await readFile(vocArchive);
    await writeFile(vocArchive, whole.subarray(0, whole.length / 2));
    await expect(prepareVoc({ out, vocArchive, sbdArchive })).rejects.toThrow('could not be read to its end');
    await writeFile(vocArchive, whole);
    await prepareVoc({ out, vocArchive, sbdArchive });
    expect(printed).toMatch(/\ntrainaug +56 /);
  });

  it('wants the published splits of the published archives', async () => {
    const md5 = async (path: string): Promise<string> =>
      createHash('md5')
        .update(await readFile(path))
        .digest('hex');
    const sources = {
      voc: { ...VOC_ARCHIVE, md5: await md5(vocArchive) },
      sbd: { ...SBD_ARCHIVE, md5: await md5(sbdArchive) },
    };
    await expect(prepareVoc({ out, vocArchive, sbdArchive }, sources)).rejects.toThrow(
      `The published archives must give the published splits, but train has 48 of 1464 images`,
    );
  });

  it('leaves no list when a mask of SBD is damaged, and goes on with a whole archive', async () => {
    const bad = join(folder, CLS, `${extra[3]}.mat`);
    await writeFile(bad, MAT.subarray(0, 200));
    await expect(prepareVoc({ out, vocArchive, sbdArchive: folder })).rejects.toThrow(
      `The mask ${extra[3]}.mat of ${folder}`,
    );
    expect(existsSync(join(root, 'ImageSets/Segmentation/trainaug.txt'))).toBe(false);
    await prepareVoc({ out, vocArchive, sbdArchive });
    expect(said).toMatch(/ masks of SBD converted, \d+ were there;/);
    expect(printed).toMatch(/\ntrainaug +56 /);
  });
});
