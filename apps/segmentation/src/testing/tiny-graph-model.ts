/**
 * A graph model in the form of TensorFlow's DeepLab, small enough to be written by hand: `ImageTensor` int32 [1, H, W, 3]
 * → padded to a square → 1×1 convolution → logits → ArgMax → padding cut off → `SemanticPredictions` int32 [1, h, w].
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface TinyGraphOptions {
  /** Weights of the 1×1 convolution, [3, classes] row by row: red, green, blue of 0…255. */
  kernel: readonly number[];
  /** Of the logits, one for each class. */
  bias: readonly number[];
  /** Whether `SemanticPredictions` comes from a cast in place of ArgMax: a graph whose logits cannot be found. */
  hidesLogits?: boolean;
}

const CROP = 513;
const type = (name: string): object => ({ type: name });
const text = (value: string): object => ({ s: Buffer.from(value).toString('base64') });
const shape = (...sizes: number[]): object => ({
  shape: { dim: sizes.map((size) => ({ size: String(size) })) },
});

interface Constant {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32';
  values: readonly number[];
}

const bytesOf = ({ dtype, values }: Constant): Buffer =>
  Buffer.from((dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)).buffer);

/** Writes `model.json` and two weight files to `folder`. */
export async function writeTinyGraphModel(
  folder: string,
  { kernel, bias, hidesLogits = false }: TinyGraphOptions,
): Promise<void> {
  const classes = bias.length;
  const constants: Constant[] = [
    { name: 'kernel', shape: [1, 1, 3, classes], dtype: 'float32', values: kernel },
    { name: 'bias', shape: [classes], dtype: 'float32', values: bias },
    { name: 'axis', shape: [], dtype: 'int32', values: [3] },
    { name: 'begin', shape: [3], dtype: 'int32', values: [0, 0, 0] },
    { name: 'end', shape: [1], dtype: 'int32', values: [3] },
    { name: 'first', shape: [1], dtype: 'int32', values: [0] },
    { name: 'square', shape: [4], dtype: 'int32', values: [1, CROP, CROP, 3] },
    { name: 'paddings_before', shape: [4], dtype: 'int32', values: [0, 0, 0, 0] },
  ];
  const node = (name: string, op: string, input: string[] = [], attr: object = {}): object => ({
    name,
    op,
    input,
    attr,
  });
  const float = { T: type('DT_FLOAT') };
  const int = { T: type('DT_INT32') };
  const topology = {
    node: [
      node('ImageTensor', 'Placeholder', [], { dtype: type('DT_INT32'), shape: shape(1, -1, -1, 3) }),
      ...constants.map(({ name, dtype, shape: sizes }) =>
        node(name, 'Const', [], {
          dtype: type(dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32'),
          value: {
            tensor: { dtype: dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32', tensorShape: shape(...sizes) },
          },
        }),
      ),
      node('Cast', 'Cast', ['ImageTensor'], { SrcT: type('DT_INT32'), DstT: type('DT_FLOAT') }),
      node('Shape', 'Shape', ['ImageTensor'], { ...int, out_type: type('DT_INT32') }),
      node('after', 'Sub', ['square', 'Shape'], int),
      node('paddings', 'Pack', ['paddings_before', 'after'], { ...int, axis: { i: '1' }, N: { i: '2' } }),
      node('Pad', 'Pad', ['Cast', 'paddings'], { ...float, Tpaddings: type('DT_INT32') }),
      node('Conv2D', 'Conv2D', ['Pad', 'kernel'], {
        ...float,
        strides: { list: { i: ['1', '1', '1', '1'] } },
        dilations: { list: { i: ['1', '1', '1', '1'] } },
        padding: text('SAME'),
        data_format: text('NHWC'),
      }),
      node('logits', 'BiasAdd', ['Conv2D', 'bias'], { ...float, data_format: text('NHWC') }),
      hidesLogits
        ? node('labels', 'Max', ['logits', 'axis'], { ...float, keep_dims: { b: false } })
        : node('labels', 'ArgMax', ['logits', 'axis'], { ...float, output_type: type('DT_INT32') }),
      node('size', 'Slice', ['Shape', 'first', 'end'], { ...int, Index: type('DT_INT32') }),
      node('SemanticPredictions', 'Slice', ['labels', 'begin', 'size'], {
        T: type(hidesLogits ? 'DT_FLOAT' : 'DT_INT32'),
        Index: type('DT_INT32'),
      }),
    ],
    library: {},
    versions: { producer: 1395 },
  };
  const bytes = Buffer.concat(constants.map(bytesOf));
  const half = bytes.length >> 1;
  const manifest = [
    {
      paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
      weights: constants.map(({ name, shape: sizes, dtype }) => ({ name, shape: sizes, dtype })),
    },
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'group1-shard1of2.bin'), bytes.subarray(0, half));
  await writeFile(join(folder, 'group1-shard2of2.bin'), bytes.subarray(half));
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({ format: 'graph-model', modelTopology: topology, weightsManifest: manifest }),
  );
}
