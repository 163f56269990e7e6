// PASCAL VOC 2012's training/validation archive into the folder that `openVoc` reads. Unpacking may end anywhere: every
// file comes whole, what is there is not written again, and the lists come last, so that lists mean a whole data set.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { atomicWrite } from '../atomic-write.ts';
import { DataError } from '../data-error.ts';
import { inLanes } from '../in-lanes.ts';
import { tarFiles, type TarOptions } from './tar-files.ts';
import { fileNames, findVoc, vocSamples } from '../datasets/voc.ts';

const LISTED = ['train', 'val', 'trainval'] as const;
/** What is kept. Only the captured parts go into a path, so that no archive can write elsewhere. */
const SAMPLE_FILE = /(?:^|\/)VOC2012\/(JPEGImages|SegmentationClass)\/([\w-]+\.(?:jpg|png))$/;
const LIST_FILE = /(?:^|\/)VOC2012\/ImageSets\/Segmentation\/((?:train|val|trainval)\.txt)$/;
const WRITES_AT_A_TIME = 8;

/** The folder VOC2012 in or above which `folder` was given; where there is none, the place for one. */
export async function vocFolder(folder: string): Promise<string> {
  const found = await findVoc(folder);
  if (found !== null) return found;
  if (basename(folder) === 'VOC2012') return folder;
  return join(folder, basename(folder) === 'VOCdevkit' ? '' : 'VOCdevkit', 'VOC2012');
}

/** Whether the lists of train, val and trainval are in the folder VOC2012, and every file that they name. */
export async function isVocWhole(root: string): Promise<boolean> {
  const pictures = await fileNames(join(root, 'JPEGImages'));
  const masks = await fileNames(join(root, 'SegmentationClass'));
  for (const split of LISTED) {
    const dataset = await vocSamples({ root, split }).catch((error: unknown) => {
      if (error instanceof DataError) return null;
      throw error;
    });
    if (dataset === null) return false;
    if (!dataset.ids.every((id) => pictures.has(`${id}.jpg`) && masks.has(`${id}.png`))) return false;
  }
  return true;
}

export interface UnpackVocOptions extends Pick<TarOptions, 'onProgress'> {
  /** VOCtrainval_11-May-2012.tar, or another tar or gzipped tar with a folder VOC2012. */
  archive: string;
  /** The folder VOC2012 to fill. */
  root: string;
}

/**
 * Unpacks pictures, masks and lists, and nothing else. Files that are there already are left alone.
 *
 * @throws DataError when the archive cannot be read or is not VOC's, or something cannot be written.
 */
export async function unpackVoc({ archive, root, onProgress }: UnpackVocOptions): Promise<void> {
  const lists = new Map<string, Uint8Array>();
  const wanted = async (name: string, bytes: number): Promise<boolean> => {
    const path = samplePath(name);
    if (path === null) return LIST_FILE.test(name);
    return (await stat(join(root, path)).catch(() => null))?.size !== bytes;
  };
  await inLanes(tarFiles(archive, { wanted, onProgress }), WRITES_AT_A_TIME, async ({ name, bytes }) => {
    const path = samplePath(name);
    if (path !== null) await atomicWrite(join(root, path), bytes);
    else lists.set(LIST_FILE.exec(name)?.[1] ?? '', bytes);
  });
  for (const split of LISTED) {
    const list = join(root, 'ImageSets', 'Segmentation', `${split}.txt`);
    if ((await stat(list).catch(() => null)) !== null) continue;
    const bytes = lists.get(`${split}.txt`);
    if (bytes === undefined) {
      throw new DataError(
        `The archive ${archive} has no VOC2012/ImageSets/Segmentation/${split}.txt: pass VOC 2012's training/validation archive.`,
      );
    }
    await atomicWrite(list, bytes);
  }
}

function samplePath(name: string): string | null {
  const [, folder, file] = SAMPLE_FILE.exec(name) ?? [];
  return folder === undefined || file === undefined ? null : join(folder, file);
}
