import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ExportedFile } from '../export/layers-artifacts.ts';

/** A model from exported files, by the loader that web pages use. */
export function loadFiles(files: readonly ExportedFile[]): Promise<tfl.LayersModel> {
  const fetchFunc = (request: string | URL | Request): Promise<Response> => {
    const { pathname } = new URL(request instanceof Request ? request.url : request);
    const file = files.find(({ name }) => pathname === `/${name}`);
    const body = file === undefined ? null : Uint8Array.from(file.bytes);
    return Promise.resolve(new Response(body, { status: file === undefined ? 404 : 200 }));
  };
  return tfl.loadLayersModel(tf.io.http('http://exported/model.json', { fetchFunc }));
}

/** The largest difference of two tensors, as a share of the largest value of the first. */
export const disagreement = (wanted: tf.Tensor, got: tf.Tensor): number =>
  tf.tidy(
    () => tf.div(tf.max(tf.abs(tf.sub(wanted, got))), tf.max(tf.abs(wanted))).dataSync()[0] ?? Number.NaN,
  );
