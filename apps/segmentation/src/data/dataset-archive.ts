/** The archives of public data sets: the user's own copy, one fetched before, or a resumable download, each checked. */
import { digestOf, download, showProgress, type DownloadOptions } from '@plumbline/runtime/download';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface DatasetArchive {
  /** As in "PASCAL VOC 2012". */
  readonly name: string;
  readonly url: string;
  readonly file: string;
  readonly md5: string;
  /** Roughly, for people. */
  readonly size: string;
  /** The option that takes a copy of it. */
  readonly option: string;
}

export const VOC_ARCHIVE: DatasetArchive = {
  name: 'PASCAL VOC 2012',
  url: 'http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar',
  file: 'VOCtrainval_11-May-2012.tar',
  md5: '6cd6e144f989b92b3379bac3b3de84fd',
  size: '2.0 GB',
  option: '--voc-archive',
};

export const SBD_ARCHIVE: DatasetArchive = {
  name: 'the Semantic Boundaries Dataset',
  url: 'https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/semantic_contours/benchmark.tgz',
  file: 'benchmark.tgz',
  md5: '82b4d87ceb2ed10f6038a1cba92111cb',
  size: '1.4 GB',
  option: '--sbd-archive',
};

export interface ObtainOptions {
  /** The user's own copy; it may be another archive, or a folder. */
  given: string | undefined;
  /** Where downloads go. */
  folder: string;
  say: (line: string) => void;
  retry?: Pick<DownloadOptions, 'fruitlessAttempts' | 'firstPauseMilliseconds'>;
}

export interface ObtainedArchive {
  readonly path: string;
  /** Whether it is the published archive, byte for byte. */
  readonly isOfficial: boolean;
}

/**
 * Gets an archive.
 *
 * @throws one sentence with what to fetch and where to put it, when there is no copy and none can be downloaded.
 */
export async function obtainArchive(
  archive: DatasetArchive,
  { given, folder, say, retry }: ObtainOptions,
): Promise<ObtainedArchive> {
  const { name, url, md5, option } = archive;
  if (given !== undefined) return checkGiven(archive, given, say);
  const file = join(folder, archive.file);
  if ((await stat(file).catch(() => null)) !== null) {
    say(`Checking ${file}.`);
    const got = await digestOf(file, 'md5');
    if (got === md5) return { path: file, isOfficial: true };
    throw new Error(
      `${file} has MD5 ${got}, wanted ${md5} as of ${url}: remove it to have it fetched again, or name it with ${option} ` +
        `to use it as it is.`,
    );
  }
  const progress = showProgress(`Downloading ${archive.file}`, say);
  try {
    const request = { url, file, digest: { algorithm: 'md5', hex: md5 } } as const;
    await download(request, { ...retry, onProgress: progress.update });
  } catch (error) {
    progress.stop();
    const message = error instanceof Error ? error.message : String(error);
    const because = message.replace(/^.* stopped: |\.$/g, '');
    throw new Error(
      `${name} could not be downloaded (${because}): run again to go on where it stopped, or fetch ${url} ` +
        `(${archive.size}, MD5 ${md5}) by another way, put it at ${file} and run again.`,
      { cause: error },
    );
  }
  progress.stop();
  return { path: file, isOfficial: true };
}

async function checkGiven(
  { name, file, md5, option }: DatasetArchive,
  path: string,
  say: ObtainOptions['say'],
): Promise<ObtainedArchive> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new Error(`${option} names ${path}, which is not there: give the path of ${file}.`);
  if (found.isDirectory()) return { path, isOfficial: false };
  say(`Checking ${path}.`);
  const isOfficial = (await digestOf(path, 'md5')) === md5;
  if (!isOfficial) say(`${path} is not the published archive of ${name}: what it holds is taken.`);
  return { path, isOfficial };
}
