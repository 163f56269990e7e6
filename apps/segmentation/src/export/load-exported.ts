/** Exported models, opened as their users open them. */
import { loadSavedModel, tf } from '@plumbline/runtime';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

export type ExportFormat = 'layers' | 'saved-model';

/** A model that was read from its files. */
export interface ExportedModel {
  predict(input: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

/** Answers a page's requests with the files of a folder. */
const serving =
  (folder: string) =>
  async (request: string | URL | Request): Promise<Response> => {
    const { pathname } = new URL(request instanceof Request ? request.url : request);
    const bytes = await readFile(join(folder, basename(pathname))).catch(() => null);
    return bytes === null ? new Response(null, { status: 404 }) : new Response(Uint8Array.from(bytes));
  };

/** By the loader of web pages, which decodes the weights. */
async function openLayers(folder: string): Promise<ExportedModel> {
  const pages = tf.io.http('http://exported/model.json', { fetchFunc: serving(folder) });
  const model = await tf.loadLayersModel(pages);
  return {
    predict: (input) => model.predict(input) as tf.Tensor4D,
    dispose: () => void model.dispose(),
  };
}

async function openSavedModel(folder: string): Promise<ExportedModel> {
  const model = await loadSavedModel(folder);
  return {
    predict: (input) => model.predict(input, {}) as tf.Tensor4D,
    dispose: () => model.dispose(),
  };
}

const OPENERS = { layers: openLayers, 'saved-model': openSavedModel } as const satisfies Record<
  ExportFormat,
  (folder: string) => Promise<ExportedModel>
>;

export const openExported = (format: ExportFormat, folder: string): Promise<ExportedModel> =>
  OPENERS[format](folder);
