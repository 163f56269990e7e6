/** PASCAL VOC 2012 and its extension by the Semantic Boundaries Dataset, from their archives to lists that can be trained on. */
import {
  convertSbd,
  hasTrainaug,
  isVocWhole,
  OFFICIAL_VOC_SPLITS,
  readSbd,
  recordVocSplits,
  unpackVoc,
  vocFolder,
  writeTrainaug,
  type VocSplitRecords,
} from '@plumbline/data';
import { showProgress } from '@plumbline/runtime/download';
import { basename, join } from 'node:path';
import { countProgress } from '../data/data-progress.ts';
import { obtainArchive, SBD_ARCHIVE, VOC_ARCHIVE, type ObtainOptions } from '../data/dataset-archive.ts';

export interface PrepareVocArguments {
  out: string;
  vocArchive?: string;
  sbdArchive?: string;
  /** False: only VOC itself. */
  sbd?: boolean;
}

/** Other archives than the published ones; for tests. */
export interface PrepareVocSources extends Pick<ObtainOptions, 'retry'> {
  voc?: typeof VOC_ARCHIVE;
  sbd?: typeof SBD_ARCHIVE;
}

const say = (line: string): void => console.error(line);

/**
 * Leaves `<out>/VOCdevkit/VOC2012` as `openVoc` reads it, and ImageSets/Segmentation/splits.json. Every step can be
 * interrupted, and what is done already is not done again.
 */
export async function prepareVoc(
  { out, vocArchive, sbdArchive, sbd = true }: PrepareVocArguments,
  { voc = VOC_ARCHIVE, sbd: sbdSource = SBD_ARCHIVE, retry = {} }: PrepareVocSources = {},
): Promise<void> {
  const root = await vocFolder(out);
  const folder = join(out, 'downloads');
  let allOfficial = true;
  if (await isVocWhole(root)) {
    say(
      `${root} holds all that its lists name; remove its ImageSets/Segmentation to have it unpacked again.`,
    );
    allOfficial = false;
  } else {
    const { path, isOfficial } = await obtainArchive(voc, { given: vocArchive, folder, say, retry });
    const progress = showProgress(`Unpacking ${basename(path)}`, say);
    await unpackVoc({ archive: path, root, onProgress: progress.update }).finally(progress.stop);
    allOfficial = isOfficial;
  }
  if (!sbd) {
    allOfficial = false;
  } else if (await hasTrainaug(root)) {
    say(
      `${root} holds trainaug already; remove ImageSets/Segmentation/splits.json there to have it made again.`,
    );
  } else {
    const { path, isOfficial } = await obtainArchive(sbdSource, { given: sbdArchive, folder, say, retry });
    await convert(path, root);
    await writeTrainaug(root);
    allOfficial &&= isOfficial;
  }
  const splits = await recordVocSplits(root);
  console.log(
    `${table(splits)}\n\nFolder: ${root}\nSplits: ${join(root, 'ImageSets/Segmentation/splits.json')}`,
  );
  const difference = describeDifference(splits);
  if (difference === null) return;
  if (allOfficial && !hasPublishedCounts(splits)) {
    throw new Error(
      `The published archives must give the published splits, but ${difference}: remove ${root} and run again.`,
    );
  }
  console.log(
    `This is not the whole of PASCAL VOC 2012: ${difference}. Scores on it compare with no published ones.`,
  );
}

async function convert(source: string, root: string): Promise<void> {
  const progress = showProgress(`Reading ${basename(source)}`, say);
  const masks = await readSbd({ source, root, onProgress: progress.update }).finally(progress.stop);
  await convertSbd(masks, root, countProgress('masks converted'));
  const { files, present, covered, validation, withoutPicture } = masks;
  const left = [
    `${covered} that VOC has masks of`,
    `${validation} of val`,
    ...(withoutPicture > 0 ? [`${withoutPicture} without a picture in JPEGImages`] : []),
  ].join(', ');
  say(
    `${files.size} masks of SBD converted${present > 0 ? `, ${present} were there` : ''}; left out: ${left}.`,
  );
}

const wantedImages = (split: string): number => OFFICIAL_VOC_SPLITS[split as keyof VocSplitRecords].images;

const hasPublishedCounts = (splits: VocSplitRecords): boolean =>
  Object.entries(splits).every(([split, { images }]) => images === wantedImages(split));

/** `train has 440 of 1464 images, …`; null when all splits are the published ones. */
function describeDifference(splits: VocSplitRecords): string | null {
  const parts = Object.entries(splits).flatMap(([split, { images, official }]) => {
    if (official) return [];
    const wanted = wantedImages(split);
    return `${split} has ${images === wanted ? 'other images' : `${images} of ${wanted} images`}`;
  });
  return parts.length === 0 ? null : parts.join(', ');
}

function table(splits: VocSplitRecords): string {
  const rows = Object.entries(splits).map(([split, { images, masks, sha256 }]) => [
    split,
    images,
    masks.SegmentationClass,
    masks.SegmentationClassAug,
    sha256.slice(0, 16),
  ]);
  const head = ['split', 'images', 'masks of VOC', 'of SBD (no void)', 'SHA-256 of the list'];
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
