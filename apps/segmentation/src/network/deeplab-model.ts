/**
 * Google's DeepLab for TensorFlow.js, the package `@tensorflow-models/deeplab`, as a baseline and a teacher: MobileNetV2
 * DeepLabv3, images resized to a long side of 513 pixels, the answer a class map of that size. The package has no weights:
 * the user brings the folder of the graph model (float32 or quantized).
 */
import { resizeMask, VOC_CLASSES, type IndexMask, type RgbImage } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { getColormap, getLabels, SemanticSegmentation } from '@tensorflow-models/deeplab';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { largest, type Doubt } from '../inference/class-map.ts';
import type { DeeplabBase } from './deeplab-flags.ts';
import { openGraphModelFiles, type GraphNode } from './graph-model-files.ts';

/** Long side to which the package resizes every image, and the square its networks pad it to. */
export const DEEPLAB_SIZE = 513;

/** How it segments, for a protocol. */
export const DEEPLAB_INFERENCE =
  '@tensorflow-models/deeplab, whole image, single scale, no flip, class map resized to the original pixels by nearest neighbour';

export interface DeeplabModel {
  /** Class names by index: VOC's own for `pascal`, whose order the package has. */
  classes: readonly string[];
  /** [R, G, B] by index. */
  palette: readonly (readonly [number, number, number])[];
  /**
   * The classes of the image's own pixels; `name` stands in errors. With `doubt` by the softmax over the logits before
   * the graph's only ArgMax.
   *
   * @throws when the network answers with classes that the base has not; with `doubt` when the graph has not one ArgMax,
   * or its logits do not lead to the network's answer.
   */
  segment(image: RgbImage, name: string, doubt?: Doubt | null): Uint8Array;
  dispose(): void;
}

/** Names of their own for classes of one name: ADE20K has two screens. */
const distinct = (names: readonly string[]): string[] =>
  names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} ${before + 1}`;
  });

/** The input of the graph's only ArgMax; null where there is none or more than one. */
function logitsName(nodes: readonly GraphNode[]): string | null {
  const [argMax, ...others] = nodes.filter(({ op }) => op === 'ArgMax');
  return others.length > 0 ? null : (argMax?.input?.[0] ?? null);
}

const asTensor = ({ width, height, data }: RgbImage): tf.Tensor3D =>
  tf.tensor3d(data, [height, width, 3], 'int32');

/** An image as the package prepares it, which keeps its function to itself. */
function prepared(image: RgbImage): tf.Tensor4D {
  const ratio = DEEPLAB_SIZE / Math.max(image.width, image.height);
  const size: [number, number] = [Math.round(image.height * ratio), Math.round(image.width * ratio)];
  return tf.cast(tf.expandDims<tf.Tensor4D>(tf.image.resizeBilinear(asTensor(image), size)), 'int32');
}

/**
 * @param path the folder of the user's copy, its `model.json`, or the `file://` address of either.
 * @throws with one sentence when the files are missing or damaged, or no graph model.
 */
export async function openDeeplabModel(path: string, base: DeeplabBase): Promise<DeeplabModel> {
  const { handler, nodes } = await openGraphModelFiles(path);
  // The package's load() takes addresses only; this is what it does with one.
  const network = new SemanticSegmentation(await loadGraphModel(handler), base);
  const classes = base === 'pascal' ? VOC_CLASSES : distinct(getLabels(base));
  const colours = getColormap(base);
  const logits = logitsName(nodes);
  /** Whether the logits were seen to lead to the network's answer. */
  let isChecked = false;

  const predict = (image: RgbImage, name: string): IndexMask =>
    tf.tidy(() => {
      const map = network.predict(asTensor(image));
      const [height, width] = map.shape;
      const labels = map.dataSync();
      const strange = labels.find((label) => label >= classes.length);
      if (strange === undefined) return { width, height, data: Uint8Array.from(labels) };
      throw new Error(
        `${path} answered ${name} with class ${strange}, and ${base} has ${classes.length} classes: ` +
          `name the data set it was trained on with --base.`,
      );
    });

  /** The class map with doubtful pixels marked. */
  const doubted = (image: RgbImage, name: string, doubt: Doubt): IndexMask => {
    const refuse = (problem: string): never => {
      throw new Error(`${path} ${problem}: leave out --min-confidence, or choose another teacher.`);
    };
    if (logits === null) return refuse('has not exactly one ArgMax, whose input would be its logits');
    const answer = isChecked ? null : predict(image, name);
    return tf.tidy(() => {
      const input = prepared(image);
      const [, height, width] = input.shape;
      const output = network.model.execute(input, logits) as tf.Tensor4D;
      const [, rows = 0, columns = 0, channels = 0] = output.shape;
      if (output.rank !== 4 || rows < height || columns < width || channels !== classes.length) {
        return refuse(
          `has logits [${output.shape.join(', ')}] for an input [${input.shape.join(', ')}] and ${classes.length} classes`,
        );
      }
      const content = tf.slice(output, [0, 0, 0, 0], [1, height, width, -1]);
      if (answer !== null) {
        const labels = largest(content);
        if (answer.data.some((label, i) => label !== labels[i])) {
          return refuse(`answers ${name} with other classes than the largest of its logits "${logits}"`);
        }
        isChecked = true;
      }
      return { width, height, data: largest(content, doubt) };
    });
  };

  return {
    classes,
    palette: classes.map((_, index) => colours[index] ?? [0, 0, 0]),
    segment(image, name, doubt = null) {
      const map = doubt === null ? predict(image, name) : doubted(image, name, doubt);
      return resizeMask(map, image.width, image.height).data;
    },
    dispose: () => void network.dispose(),
  };
}
