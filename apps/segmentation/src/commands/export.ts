import {
  layersArtifacts,
  savedModelArtifacts,
  toStock,
  type ExportedFile,
  type WeightPrecision,
} from '@plumbline/models';
import { canRunSavedModels } from '@plumbline/runtime';
import { Progress } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { openSplit } from '../data/open-data.ts';
import { fillFolder, refuseForeignFiles, refuseUsedFolder, writeFiles } from '../export/export-folder.ts';
import { exportMetadata, type ExportMetadata, type InputValues } from '../export/export-metadata.ts';
import { openExported, type ExportFormat } from '../export/load-exported.ts';
import {
  compareExport,
  describeAgreement,
  EXPORT_BOUNDS,
  requireAgreement,
  type ExportAgreement,
  type ExportBounds,
} from '../export/verify-export.ts';
import { openNetwork, type NetworkArguments } from '../network/open-network.ts';
import { placeData, type DataFlags } from '../data/place-data.ts';

export interface ExportArguments extends NetworkArguments, DataFlags {
  out: string;
  format: ExportFormat[];
  precision: WeightPrecision;
  /** Side of the input in pixels; left out: the evaluation's. */
  size?: number;
  input: InputValues;
  /** How many images both models are compared on. */
  images: number;
  maxDifference?: number;
  /** In percent. */
  minAgreement?: number;
  overwrite?: boolean;
}

/** One format's files and how they compare. */
interface ExportReport extends ExportAgreement {
  format: ExportFormat;
  files: string[];
  bytes: number;
}

const ARTIFACTS = {
  layers: (model, metadata) =>
    layersArtifacts(model, { precision: metadata.precision, metadata: { ...metadata } }),
  'saved-model': (model, { precision }) => savedModelArtifacts(model, { precision }),
} as const satisfies Record<
  ExportFormat,
  (model: tfl.LayersModel, metadata: ExportMetadata) => ExportedFile[]
>;

/** What an export's folder holds. */
const LABELS = 'labels.json';
const REPORT = 'export.json';
const OWN_FILES = [...Object.keys(ARTIFACTS), LABELS, REPORT];

function inputSize({ evaluate }: Config, asked: number | undefined): number {
  const size = asked ?? evaluate.size;
  if (size !== null) return size;
  throw new Error(
    'The configuration has no evaluate.size: say with --size how many pixels the input is wide and high.',
  );
}

function stockModel(
  model: tfl.LayersModel,
  config: Config,
  size: number,
  input: InputValues,
): tfl.LayersModel {
  try {
    return toStock(model, { size, pixels: input === 'pixels' ? config.data : null });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The network with recipe ${config.model.recipe} cannot be exported at size ${size}: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/**
 * Writes a network as layers of TensorFlow.js itself, as a SavedModel, or as both, each checked against the network on
 * images of the split before the folder appears: `layers/`, `saved-model/`, `labels.json` with what a program must know,
 * `export.json` with the check.
 *
 * @throws with one sentence when the check fails, or cannot be made; nothing is written then.
 */
export async function exportModel(options: ExportArguments): Promise<void> {
  const { out, format: formats, precision, input } = options;
  if (options.overwrite === true) await refuseForeignFiles(out, OWN_FILES);
  else await refuseUsedFolder(out);
  if (formats.includes('saved-model') && !canRunSavedModels()) {
    throw new Error(
      'A SavedModel can be checked, and so exported, on the native backend only: prepare it with `npm run engine`, or ' +
        'leave saved-model out of --format.',
    );
  }
  const { model, origin, network, ...opened } = await openNetwork(options);
  const config = placeData(opened.config, options, origin);
  const size = inputSize(config, options.size);
  const bounds: ExportBounds = {
    ...EXPORT_BOUNDS[precision],
    ...(options.maxDifference === undefined ? {} : { maxDifference: options.maxDifference }),
    ...(options.minAgreement === undefined ? {} : { minAgreement: options.minAgreement / 100 }),
  };
  const dataset = await openSplit(config, config.data.valSplit);
  const metadata = exportMetadata({ config, size, values: input, precision, network });
  const stock = stockModel(model, config, size, input);
  const progress = new Progress();
  const lines = await fillFolder(out, async (partial) => {
    const reports: ExportReport[] = [];
    const said: string[] = [];
    for (const format of formats) {
      const folder = join(partial, format);
      const files = ARTIFACTS[format](stock, metadata);
      await writeFiles(folder, files);
      const exported = await openExported(format, folder);
      const agreement = await compareExport({
        network: model,
        exported,
        dataset,
        config,
        size,
        values: input,
        images: options.images,
        onImage: (done, total) => progress.count(done, total, `images compared, ${format}`),
      });
      exported.dispose();
      const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
      const words = describeAgreement(agreement, dataset);
      requireAgreement(agreement, bounds, `${format} model in ${precision}`, words);
      reports.push({ format, files: files.map(({ name }) => name), bytes, ...agreement });
      said.push(`${join(out, format)}: ${precision}, ${megabytes(bytes)}; ${words}.`);
    }
    const protocol = { dataset: dataset.name, split: dataset.split, size, bounds };
    await writeFile(join(partial, LABELS), `${JSON.stringify(metadata, null, 2)}\n`);
    await writeFile(join(partial, REPORT), `${JSON.stringify({ ...protocol, formats: reports }, null, 2)}\n`);
    return said;
  });
  console.log(
    `${origin}, as a network for ${size}×${size} ${input === 'pixels' ? 'RGB pixels of 0…255' : 'normalized pixels'}:`,
  );
  for (const line of lines) console.log(line);
  console.log(`What a program must know: ${join(out, LABELS)}; the check: ${join(out, REPORT)}`);
}
