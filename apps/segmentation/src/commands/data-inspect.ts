/** The data set's doctor: every file of the training and evaluation split, before a training finds out. */
import {
  contactSheet,
  inspectDataset,
  vocSamples,
  type DatasetInspection,
  type SegmentationDataset,
} from '@plumbline/data';
import { sources, type ConfigArguments } from '@plumbline/training/config';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { inspectionPage } from '../data/inspect-page.ts';
import { inspectionText } from '../data/inspect-table.ts';
import { augmentOptions, listedSplit, type SplitName } from '../data/open-data.ts';
import { countProgress } from '../data/data-progress.ts';
import { loadConfig } from '../config/load-config.ts';
import { dataRoot } from './config.ts';

export interface DataInspectArguments extends ConfigArguments {
  data?: string;
  out: string;
  pictures: string;
}

const samples = async (config: Config, split: SplitName): Promise<SegmentationDataset> =>
  (await listedSplit(config, split)) ?? vocSamples({ root: config.data.root, split });

/** The data set without what a loader could not read. */
function soundOnly(
  dataset: SegmentationDataset,
  { findings }: DatasetInspection,
): Pick<SegmentationDataset, 'files' | 'classes' | 'ignoreLabel' | 'split' | 'palette'> {
  const bad = new Set(
    findings.flatMap(({ severity, split, id }) =>
      severity === 'error' && split === dataset.split ? [id] : [],
    ),
  );
  return { ...dataset, files: dataset.files.filter(({ id }) => !bad.has(id)) };
}

function describeAugmentation({ augment, data, seed }: Config): string {
  const { cropSize, scale, flip, maxClassShare, photometric } = augment;
  const capped = maxClassShare === null ? '' : `, no class over ${100 * maxClassShare} %`;
  const size = data.baseSize === null ? 'original size' : `long side ${data.baseSize} pixels`;
  return `${size}, scale ${scale.join('–')}, crop ${cropSize}${capped}, flip ${flip}${photometric ? ', photometric distortion' : ''}, seed ${seed}`;
}

/** Prints what it found, writes it as JSON and as a page, and sets a non-zero exit code if there are errors. */
export async function dataInspect({ data, out, pictures, ...options }: DataInspectArguments): Promise<void> {
  const wanted = Number(pictures);
  if (!Number.isInteger(wanted) || wanted < 0) {
    throw new Error(`--pictures got "${pictures}", and a whole number of pictures is wanted.`);
  }
  const set = [...(options.set ?? []), ...dataRoot(data)];
  const config = await loadConfig(sources({ ...options, set }));
  const { trainSplit, valSplit, workers } = config.data;
  const training = await samples(config, trainSplit);
  const validation = valSplit === trainSplit ? [] : [await samples(config, valSplit)];
  // First, because what cannot be written should not take minutes to find out.
  await mkdir(out, { recursive: true });
  const inspection = await inspectDataset([training, ...validation], { onSample: countProgress('images') });
  const sheet = await contactSheet({
    dataset: soundOnly(training, inspection),
    augment: augmentOptions(config),
    seed: config.seed,
    workers,
    pictures: wanted,
  });
  const page = join(out, 'inspection.html');
  const json = join(out, 'inspection.json');
  const augmentation = describeAugmentation(config);
  await writeFile(page, inspectionPage({ inspection, dataset: training, sheet, augmentation }));
  await writeFile(json, `${JSON.stringify(inspection, null, 2)}\n`);
  console.log(inspectionText(inspection));
  console.log(`Page: ${page}\nJSON: ${json}`);
  if (inspection.findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}
