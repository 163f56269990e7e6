/** The script of a web page that runs an exported network on WebGL. It knows TensorFlow.js and no other package. */
import * as tf from '@tensorflow/tfjs';

/** What the page is asked, as JSON. */
export interface PageRequest {
  /** The exported files by name, in base64. */
  files: Record<string, string>;
  pixels: { shape: [number, number, number, number]; values: number[] };
}

/** What it answers. */
export interface PageAnswer {
  shape: [number, number, number, number];
  logits: number[];
  about: unknown;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

async function answer(json: string): Promise<PageAnswer> {
  const { files, pixels } = JSON.parse(json) as PageRequest;
  if (!(await tf.setBackend('webgl'))) throw new Error('The backend "webgl" could not be started.');
  // A backend that quietly stores 16 bits would turn the comparison into one of rounding errors.
  if (!tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw new Error('WebGL renders to 16-bit floats here; the comparison needs 32.');
  }
  // Else every size of a map is a program of its own to compile, which takes most of the time here.
  tf.env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
  const fetchFunc = (request: string | URL | Request): Promise<Response> => {
    const { pathname } = new URL(request instanceof Request ? request.url : request);
    return Promise.resolve(new Response(bytesOf(files[pathname.slice(1)] ?? '')));
  };
  const model = await tf.loadLayersModel(tf.io.http('http://exported/model.json', { fetchFunc }));
  const logits = model.predict(tf.tensor(pixels.values, pixels.shape)) as tf.Tensor4D;
  return { shape: logits.shape, logits: [...logits.dataSync()], about: model.getUserDefinedMetadata() };
}

declare global {
  var answerWithExported: typeof answer;
}
globalThis.answerWithExported = answer;
