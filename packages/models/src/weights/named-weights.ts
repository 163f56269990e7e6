// Trained weights from elsewhere under this project's names, between the file they come from and the model they go into.

/** One array of a weights file, as a safetensors file holds it. */
export interface WeightRecord {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Int32Array;
}

/** The arrays of a weights file by name. */
export type WeightRecords = ReadonlyMap<string, WeightRecord>;

/** What a weight is to its layer: of a convolution `kernel` and `bias`, of a batch normalization the other four. */
export type WeightRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

/** A weight of the file in this project's layout. */
export interface NamedWeight {
  /** Its name in the file. */
  readonly record: string;
  /** Of kernels [kh, kw, Cin, Cout], or [kh, kw, 1, C] where they are depthwise. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The fully connected last layer of a file's network, in this project's layout. */
export interface NamedClassifier {
  /** Its name in the file. */
  readonly name: string;
  /** [features, classes]. */
  readonly kernel: NamedWeight;
  /** [classes]. */
  readonly bias: NamedWeight;
}

/** A weights file, translated. */
export interface NamedWeights {
  /** What it was read as. */
  readonly format: 'torchvision' | 'tflite' | 'keras' | 'caffe';
  /** ε that its batch normalizations were trained with. */
  readonly epsilon: number;
  /** By `layer/role`, such as `backbone.conv1/kernel`. */
  readonly weights: ReadonlyMap<string, NamedWeight>;
  /** Its fully connected last layer; left out: it has none that is known. */
  readonly classifier?: NamedClassifier;
  /** Whether its ResNet takes strides by the first 1×1 convolutions of bottlenecks; left out: names do not say. */
  readonly strideFirst?: boolean;
  /** Names in the file that no layer of ours corresponds to. */
  readonly unexpected: readonly string[];
}

/**
 * The normalization that follows a layer with a kernel, by their names, which are torchvision's: `layer1.0.conv2` and
 * `layer1.0.bn2`, `downsample.0` and `downsample.1`; the last convolution of a deep stem, `conv1.6`, and `bn1`. What torchvision
 * has no normalization of: SqueezeNet's convolutions, `features.3.squeeze` and `features.3.squeeze_norm`, and the bottleneck of
 * an image classifier, `bottleneck.fc` and `bottleneck.norm`.
 */
export const normNameOf = (conv: string): string => {
  if (/(^|\.)(features\.0|squeeze|expand\dx\d)$/.test(conv)) return `${conv}_norm`;
  if (/(^|\.)fc$/.test(conv)) return conv.replace(/fc$/, 'norm');
  return /(^|\.)conv1\.6$/.test(conv)
    ? conv.replace(/conv1\.6$/, 'bn1')
    : /conv\d+$/.test(conv)
      ? conv.replace(/conv(\d+)$/, 'bn$1')
      : conv.replace(/\d+$/, (index) => String(Number(index) + 1));
};

/** A matrix [rows, columns] as [columns, rows]. */
export function transposedMatrix({ shape, data }: WeightRecord): Pick<NamedWeight, 'shape' | 'data'> {
  const [rows = 0, columns = 0] = shape;
  const value = (_: number, i: number): number => data[(i % rows) * columns + Math.floor(i / rows)] ?? NaN;
  return { shape: [columns, rows], data: new Float32Array(data.length).map(value) };
}

/**
 * `data` of shape `shape` with axis k of the result being axis `order[k]` of it, as `tf.transpose`; for four axes.
 */
export function transposed(
  { shape, data }: WeightRecord,
  order: readonly [number, number, number, number],
): Pick<NamedWeight, 'shape' | 'data'> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const [n0, n1, n2, n3] = order.map((axis) => shape[axis] ?? 0) as [number, number, number, number];
  const [s0, s1, s2, s3] = order.map((axis) => strides[axis] ?? 0) as [number, number, number, number];
  const result = new Float32Array(data.length);
  let to = 0;
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++)
        for (let l = 0; l < n3; l++) result[to++] = data[i * s0 + j * s1 + k * s2 + l * s3] ?? NaN;
  return { shape: [n0, n1, n2, n3], data: result };
}
