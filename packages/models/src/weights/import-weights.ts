/**
 * Trained weights from elsewhere into a model of this package, whatever its recipe.
 *
 * What a convolution and the normalization after it compute in the file is y = scale · conv(x) + shift. By the model's recipe:
 *
 * - batch normalization, from a file with batch normalizations: everything is copied. From a file where they are folded into
 *   kernel and bias: γ = 1, β = bias, running mean 0, and running variance 1 − ε. The same function in inference.
 * - no normalization of activations: scale and shift go into kernel and bias. The same function.
 * - another normalization: kernel, γ and β are copied (folded: γ = 1, β = bias). It normalizes by other statistics, so this is
 *   a start and not the same function; `fitNorms` brings it close.
 * - a normalizer of weights: the raw kernel is the file's, and the effective one has lost its filters' mean and scale,
 *   unless the model's recipe is `keepingKernels`, with which it is the file's as well.
 */
import {
  BatchNorm,
  BatchRenorm,
  ChannelNorm,
  convolutionFilters,
  depthwiseFilters,
  KeptAffine,
  keptAffineFor,
  NormDense,
  NormDepthwiseConv2D,
  NormConv2D,
} from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { BACKBONE_PREFIX } from '../backbone.ts';
import { wantedClassifier, type ClassifierImport } from './import-classifier.ts';
import { refusal, type ImportReport } from './import-report.ts';
import { nameWeights } from './name-weights.ts';
import { normNameOf, type NamedWeight, type NamedWeights, type WeightRecords } from './named-weights.ts';
import { refusePreActivation } from './pre-activation.ts';
import { unusedShortcuts } from './shortcuts.ts';
import { misplacedStrides } from './stride-placement.ts';
import { weightOf } from './weight-of.ts';

/** y = scale · conv(x) + shift, per channel: what a normalization layer is to do with the convolution before it. */
export interface WantedAffine {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

export interface ImportResult {
  report: ImportReport;
  /**
   * What `fitNorms` fits, by the names of normalization layers: of those whose convolution computes what the file's does,
   * but not of batch normalizations that got the file's statistics, which leave nothing to fit.
   */
  wanted: ReadonlyMap<string, WantedAffine>;
}

type KernelLayer = NormConv2D | NormDepthwiseConv2D;
const isKernelLayer = (layer: tfl.layers.Layer): layer is KernelLayer =>
  layer instanceof NormConv2D || layer instanceof NormDepthwiseConv2D;
/** Whether a γ of the layer's is its normalizer's. */
const hasKernel = (layer: tfl.layers.Layer): boolean => isKernelLayer(layer) || layer instanceof NormDense;

const hasBackbone = (model: tfl.LayersModel): boolean =>
  model.layers.some(({ name }) => name.startsWith(BACKBONE_PREFIX));

/** Whether it is batch normalization's affine map in inference, of the running statistics that files hold. */
export const normalizesByAverages = (norm: ChannelNorm): boolean =>
  norm instanceof BatchNorm || norm instanceof BatchRenorm;

const filled = (length: number, value: number): Float32Array => new Float32Array(length).fill(value);

/** One import: what is to be written is collected first, so that a refusal changes nothing. */
class Import {
  readonly report: ImportReport;
  readonly wanted = new Map<string, WantedAffine>();
  private readonly source: NamedWeights;
  private readonly layers: ReadonlyMap<string, tfl.layers.Layer>;
  private readonly used = new Set<string>();
  /** Put before our names to find them in the file, which is read as a backbone where it is one. */
  private readonly prefix: string;
  private readonly writes: { weight: tfl.LayerVariable; values: Float32Array }[] = [];

  constructor(model: tfl.LayersModel, source: NamedWeights, classifier: ClassifierImport | null) {
    this.source = source;
    this.prefix = hasBackbone(model) ? '' : BACKBONE_PREFIX;
    this.layers = new Map(model.layers.map((layer) => [layer.name, layer]));
    this.report = {
      format: source.format,
      matched: [],
      missing: [],
      unexpected: [],
      shapeChanged: [],
      changedFunction: [],
    };
    this.report.changedFunction.push(...misplacedStrides(model, source), ...unusedShortcuts(model, source));
    model.layers.filter(isKernelLayer).forEach((layer) => this.collect(layer));
    if (classifier !== null) this.copyClassifier(classifier);
    // Other fully connected layers are a task's own: no format names one of ours.
    for (const layer of model.layers) {
      if (layer instanceof NormDense && layer !== classifier?.layer)
        this.report.missing.push(...this.weightsOf(layer, this.normAfter(layer)));
    }
    const records = [...source.weights.values()].map(({ record }) => record);
    this.report.unexpected.push(
      ...[...source.unexpected, ...records].filter((record) => !this.used.has(record)),
    );
  }

  /** Sets the model's weights. */
  finish(): void {
    for (const { weight, values } of this.writes) {
      tf.tidy(() => {
        // Of domain-specific layers the first axis counts the domains.
        weight.write(tf.broadcastTo(reshapable(values, weight), weight.shape as number[]));
      });
    }
  }

  private collect(layer: KernelLayer): void {
    const kernelName = layer instanceof NormConv2D ? 'kernel' : 'depthwiseKernel';
    const target = weightOf(layer, kernelName);
    if (target === undefined) return;
    const kernel = this.take(layer.name, 'kernel');
    const norm = this.normAfter(layer);
    if (kernel === null) {
      this.report.missing.push(...this.weightsOf(layer, norm));
      return;
    }
    const model = target.shape as number[];
    const channels = layer instanceof NormConv2D ? (model[3] ?? 0) : (model[2] ?? 0) * (model[3] ?? 0);
    const inModelsOrder = layer instanceof NormConv2D ? model : [model[0], model[1], 1, channels];
    if (kernel.shape.join() !== inModelsOrder.join()) {
      this.report.shapeChanged.push({ weight: `${layer.name}/${kernelName}`, model, file: kernel.shape });
      NORM_ROLES.forEach((role) => this.take(normNameOf(layer.name), role));
      this.take(layer.name, 'bias');
      return;
    }
    const affine = this.affineOf(layer.name, channels);
    if (affine === null) {
      // Nothing in the file says what follows the convolution.
      this.write(layer, kernelName, kernel.data, true);
      this.keep(layer, kernel.data);
      const rest = this.weightsOf(layer, norm).filter((name) => name !== `${layer.name}/${kernelName}`);
      this.report.missing.push(...rest);
      return;
    }
    if (norm === null) this.intoConvolution(layer, kernelName, kernel.data, affine);
    else {
      this.write(layer, kernelName, kernel.data, true);
      this.intoNorm(norm, affine, this.keep(layer, kernel.data));
    }
  }

  private copyClassifier({ layer, from }: ClassifierImport): void {
    for (const role of ['kernel', 'bias'] as const) {
      this.used.add(from[role].record);
      this.write(layer, role, from[role].data, true);
    }
  }

  private intoConvolution(layer: KernelLayer, name: string, kernel: Float32Array, affine: FileAffine): void {
    const { scale, shift } = affine;
    const scaled = kernel.map((value, i) => value * (scale[i % scale.length] ?? NaN));
    this.write(layer, name, scaled, true);
    this.keep(layer, scaled);
    if (weightOf(layer, 'bias') !== undefined) this.write(layer, 'bias', shift, true);
    else if (shift.some((value) => value !== 0)) {
      this.report.changedFunction.push({
        layer: layer.name,
        why: 'it has no bias for the offset of the file',
      });
    }
  }

  private intoNorm(norm: ChannelNorm, affine: FileAffine, isKernelKept: boolean): void {
    const { scale, shift, norm: original } = affine;
    const { length } = scale;
    const epsilon = norm.epsilon;
    const isCopied = original !== null;
    if (isKernelKept && !(isCopied && normalizesByAverages(norm)))
      this.wanted.set(norm.name, { scale, shift });
    this.write(norm, 'gamma', original?.gamma ?? filled(length, 1), isCopied);
    this.write(norm, 'beta', original?.beta ?? shift, true);
    // The file's ε may differ from the layer's.
    const variance = original?.variance.map((value) => value + this.source.epsilon - epsilon);
    this.write(norm, 'movingMean', original?.mean ?? filled(length, 0), isCopied);
    this.write(norm, 'movingVariance', variance ?? filled(length, 1 - epsilon), isCopied);
    const deviation = variance?.map((value) => Math.sqrt(value + epsilon));
    this.write(norm, 'movingDeviation', deviation ?? filled(length, 1), isCopied);
    if (!normalizesByAverages(norm)) {
      const why = `${norm.getClassName()} normalizes by other statistics than batch normalization in inference`;
      this.report.changedFunction.push({ layer: norm.name, why });
    }
  }

  /** Sets what the layer's normalizer needs so that the effective kernel is `kernel`, or reports that it is not; returns whether it is. */
  private keep(layer: KernelLayer, kernel: Float32Array): boolean {
    const { kernelNormalizer: normalizer, name } = layer;
    if (normalizer === null) return true;
    if (!(normalizer instanceof KeptAffine)) {
      const why = `${normalizer.getClassName()} takes mean and scale off its loaded filters`;
      this.report.changedFunction.push({ layer: name, why });
      return false;
    }
    const isDepthwise = layer instanceof NormDepthwiseConv2D;
    const shape = weightOf(layer, isDepthwise ? 'depthwiseKernel' : 'kernel')?.shape as number[];
    const layout = isDepthwise ? depthwiseFilters(shape) : convolutionFilters(shape);
    const raw = tf.tensor(kernel, shape);
    const kept = keptAffineFor(raw, normalizer.inner, layout);
    this.write(layer, 'keptScale', kept.keptScale.dataSync() as Float32Array, false);
    this.write(layer, 'keptOffset', kept.keptOffset.dataSync() as Float32Array, false);
    tf.dispose([raw, kept.keptScale, kept.keptOffset]);
    const isKept = kept.largestRelativeError < 1e-4;
    if (!isKept) {
      const why = `${normalizer.inner.getClassName()} cannot be undone on a filter, by ${kept.largestRelativeError} of it`;
      this.report.changedFunction.push({ layer: name, why });
    }
    return isKept;
  }

  /** What the file does after the convolution; null where it has neither a bias nor a complete normalization. */
  private affineOf(conv: string, channels: number): FileAffine | null {
    const bias = this.take(conv, 'bias')?.data ?? null;
    const [gamma, beta, mean, variance] = NORM_ROLES.map(
      (role) => this.take(normNameOf(conv), role)?.data ?? null,
    );
    const fits = (values: Float32Array | null | undefined): values is Float32Array =>
      values?.length === channels;
    if (!fits(gamma) || !fits(beta) || !fits(mean) || !fits(variance)) {
      return fits(bias) ? { scale: filled(channels, 1), shift: bias, norm: null } : null;
    }
    const scale = gamma.map((value, c) => value / Math.sqrt((variance[c] ?? NaN) + this.source.epsilon));
    const shift = beta.map((value, c) => value + ((bias?.[c] ?? 0) - (mean[c] ?? NaN)) * (scale[c] ?? NaN));
    // A bias before the normalization only moves the mean.
    const moved = mean.map((value, c) => value - (bias?.[c] ?? 0));
    return { scale, shift, norm: { gamma, beta, mean: moved, variance } };
  }

  private normAfter({ name }: KernelLayer | NormDense): ChannelNorm | null {
    const layer = this.layers.get(normNameOf(name));
    return layer instanceof ChannelNorm ? layer : null;
  }

  private weightsOf(...layers: (tfl.layers.Layer | null)[]): string[] {
    const fromFiles = ['kernel', 'depthwiseKernel', 'bias', ...NORM_ROLES];
    return layers
      .filter((layer) => layer !== null)
      .flatMap((layer) =>
        fromFiles
          .filter((role) => weightOf(layer, role) !== undefined && !(hasKernel(layer) && role === 'gamma'))
          .map((role) => `${layer.name}/${role}`),
      );
  }

  private take(layer: string, role: string): NamedWeight | null {
    const found = this.source.weights.get(`${this.prefix}${layer}/${role}`) ?? null;
    if (found !== null) this.used.add(found.record);
    return found;
  }

  private write(layer: tfl.layers.Layer, name: string, values: Float32Array, fromFile: boolean): void {
    const weight = weightOf(layer, name);
    if (weight === undefined) return;
    this.writes.push({ weight, values });
    if (fromFile) this.report.matched.push(`${layer.name}/${name}`);
  }
}

const NORM_ROLES = ['gamma', 'beta', 'movingMean', 'movingVariance'] as const;

interface FileAffine extends WantedAffine {
  readonly norm: Record<'gamma' | 'beta' | 'mean' | 'variance', Float32Array> | null;
}

const sizeOf = ({ shape }: tfl.LayerVariable): number =>
  (shape as number[]).reduce((product, length) => product * length, 1);

/** `values` in the weight's shape where they fill it, else as the one axis that is repeated. */
const reshapable = (values: Float32Array, weight: tfl.LayerVariable): tf.Tensor =>
  values.length === sizeOf(weight) ? tf.tensor(values, weight.shape as number[]) : tf.tensor1d(values);

export interface ImportOptions {
  /**
   * Weights that must come from the file, by their names. Default: all of the backbone, and of a model without one, such as
   * `resNet` gives, all.
   */
  required?: (weight: string) => boolean;
  /**
   * Whether the last layer of an `imageClassifier` without bottleneck, `classifier.fc`, is set from the file's `fc` or `linear`:
   * if it has as many classes, whose order is then the file's (`fitting`), or in any case (`required`). Default `none`: a task
   * has classes of its own.
   */
  classifier?: 'none' | 'fitting' | 'required';
}

/**
 * Sets the weights of `model` from those of a file: torchvision's ResNet, MobileNetV2, SqueezeNet or DeepLabv3, Keras' ResNet
 * or MobileNetV2, Caffe's SqueezeNet, or TensorFlow DeepLab's MobileNetV2 from a TFLite file. What has no counterpart stays as it is and is reported.
 *
 * @throws if a required weight is missing or has another shape, the file's classifier is required and does not fit, or the
 * model's normalizations stand before its convolutions. Nothing is changed then.
 */
export function importWeights(
  model: tfl.LayersModel,
  records: WeightRecords,
  { required, classifier = 'none' }: ImportOptions = {},
): ImportResult {
  refusePreActivation(model);
  const source = nameWeights(records);
  const found = new Import(model, source, wantedClassifier(model, source, classifier));
  const { report, wanted } = found;
  const isRequired =
    required ?? ((name: string): boolean => !hasBackbone(model) || name.startsWith(BACKBONE_PREFIX));
  const missing = report.missing.filter(isRequired);
  const changed = report.shapeChanged.filter(({ weight }) => isRequired(weight));
  if (missing.length + changed.length > 0 || report.matched.length === 0) {
    throw new Error(refusal(model, report, missing, changed));
  }
  found.finish();
  return { report, wanted };
}
