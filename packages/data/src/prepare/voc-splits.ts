// What VOC's splits consist of, written down beside their lists: ids, masks and a digest of each, so that two machines
// can tell whether they train and score on the same pictures.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atomicWrite } from '../atomic-write.ts';
import { DataError, errorCode } from '../data-error.ts';
import { fileNames, openVoc, vocSamples, type VocSplit } from '../datasets/voc.ts';

/** The published splits: how many images, and the SHA-256 of their sorted ids, one a line. */
export const OFFICIAL_VOC_SPLITS: Readonly<
  Record<VocSplit, { readonly images: number; readonly sha256: string }>
> = {
  train: { images: 1464, sha256: 'aa623bd2c8ce4443a8aaae51c524c0eb165e8e44caf6aa9e3ad33d7b75a3ef20' },
  val: { images: 1449, sha256: 'cdc1326d12f69ce5153aa5da04a4d8783e146868d42d19f82f44e74b97ac907d' },
  trainval: { images: 2913, sha256: 'f8dae64f9e08d8b06ef41286dcd4c516e7d98c8e6ec6d965bc6d29cb11a4de51' },
  trainaug: { images: 10582, sha256: 'd1326bd532648d73bc4b1bd275434eba81930982dc7401a65a8cecb26c028e24' },
};

export interface VocSplitRecord {
  images: number;
  /** Of the list, byte for byte. */
  sha256: string;
  /** Whether the ids are those of the published split. */
  official: boolean;
  /** How many masks lie in which folder; those of SegmentationClassAug have no void borders. */
  masks: { SegmentationClass: number; SegmentationClassAug: number };
}

/** Of the splits that have a list. */
export type VocSplitRecords = Partial<Record<VocSplit, VocSplitRecord>>;

const listsOf = (root: string): string => join(root, 'ImageSets', 'Segmentation');
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const asList = (ids: Iterable<string>): string => `${[...ids].sort().join('\n')}\n`;

/** What `recordVocSplits` wrote; null when it did not. */
export async function readVocSplits(root: string): Promise<VocSplitRecords | null> {
  try {
    return (
      JSON.parse(await readFile(join(listsOf(root), 'splits.json'), 'utf8')) as { splits: VocSplitRecords }
    ).splits;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new DataError(
      `${join(listsOf(root), 'splits.json')} cannot be read: remove it, and prepare the data set again.`,
      { cause: error },
    );
  }
}

/** Whether the list of trainaug is the recorded one and all its files are there. */
export async function hasTrainaug(root: string): Promise<boolean> {
  const recorded = (await readVocSplits(root))?.trainaug;
  if (recorded === undefined || recorded.sha256 !== (await digestOfList(root, 'trainaug'))) return false;
  return openVoc({ root, split: 'trainaug' }).then(
    () => true,
    () => false,
  );
}

/**
 * Writes the list trainaug: VOC's train and every picture with a mask in SegmentationClassAug, without VOC's val; sorted.
 *
 * @throws DataError when a list of other ids is there that no earlier call wrote.
 */
export async function writeTrainaug(root: string): Promise<void> {
  const { ids: train } = await vocSamples({ root, split: 'train' });
  const val = new Set((await vocSamples({ root, split: 'val' })).ids);
  const pictures = await fileNames(join(root, 'JPEGImages'));
  const masks = await fileNames(join(root, 'SegmentationClassAug'));
  const masked = [...masks].flatMap((name) => /^([^.].*)\.png$/.exec(name)?.[1] ?? []);
  const extra = masked.filter((id) => pictures.has(`${id}.jpg`) && !val.has(id));
  const text = asList(new Set([...train, ...extra]));
  const before = await digestOfList(root, 'trainaug');
  if (before === sha256(text)) return;
  if (before !== null && before !== (await readVocSplits(root))?.trainaug?.sha256) {
    const { ids: listed } = await vocSamples({ root, split: 'trainaug' });
    if (asList(listed) !== text) {
      throw new DataError(
        `${join(listsOf(root), 'trainaug.txt')} lists ${listed.length} images, but VOC's train and the masks in SegmentationClassAug ` +
          `make ${text.split('\n').length - 1} others: remove that list to have it written anew.`,
      );
    }
  }
  await atomicWrite(join(listsOf(root), 'trainaug.txt'), Buffer.from(text));
}

/**
 * Checks all splits that have a list and writes ImageSets/Segmentation/splits.json.
 *
 * @throws DataError when files are missing, an id is listed twice, or train or trainaug holds images of val.
 */
export async function recordVocSplits(root: string): Promise<VocSplitRecords> {
  const splits: VocSplitRecords = {};
  const val = new Set((await vocSamples({ root, split: 'val' })).ids);
  for (const split of ['train', 'val', 'trainval', 'trainaug'] as const) {
    const digest = await digestOfList(root, split);
    if (digest === null) continue;
    const { ids, files } = await openVoc({ root, split });
    const shared = split === 'train' || split === 'trainaug' ? ids.filter((id) => val.has(id)) : [];
    if (shared.length > 0) {
      throw new DataError(
        `${join(listsOf(root), `${split}.txt`)} names images of val, "${shared[0]}" the first of ${shared.length}: ` +
          `what is scored must not be trained on; take them out of one of the lists.`,
      );
    }
    const extra = files.filter(({ mask }) => basename(dirname(mask)) === 'SegmentationClassAug').length;
    splits[split] = {
      images: ids.length,
      sha256: digest,
      official: sha256(asList(ids)) === OFFICIAL_VOC_SPLITS[split].sha256,
      masks: { SegmentationClass: ids.length - extra, SegmentationClassAug: extra },
    };
  }
  const text = JSON.stringify({ dataset: 'PASCAL VOC 2012', splits }, null, 2);
  await atomicWrite(join(listsOf(root), 'splits.json'), Buffer.from(`${text}\n`));
  return splits;
}

async function digestOfList(root: string, split: VocSplit): Promise<string | null> {
  const bytes = await readFile(join(listsOf(root), `${split}.txt`)).catch(() => null);
  return bytes === null ? null : sha256(bytes);
}
