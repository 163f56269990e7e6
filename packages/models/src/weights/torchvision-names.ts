/**
 * Weights of torchvision's ResNet, MobileNetV2 and DeepLabv3 (state dicts; kernels [Cout, Cin, kh, kw]) under this
 * project's names, which are torchvision's but for three things: a classification network lies at its top what DeepLab
 * holds under `backbone.`; the pooled branch of the pyramid counts its pooling as its first member; and weights are
 * called kernel, bias, γ, β and moving statistics.
 *
 * The last layer of a classifier is `fc`. In akamaster/pytorch_resnet_cifar10 and kuangliu/pytorch-cifar, whose ResNets have
 * torchvision's names otherwise, it is `linear`, and `shortcut.0` is `downsample.0`.
 *
 * What torchvision does not have is named as its extensions do: ResNet-C and ResNet-D as timm (`conv1.0` … `conv1.6`,
 * `downsample.1`), whose deep stem MMSegmentation calls `stem.0` … `stem.7`; DeepLabv3+ as VainF/DeepLabV3Plus-Pytorch.
 */
import { BACKBONE_PREFIX } from '../backbone.ts';
import {
  transposed,
  transposedMatrix,
  type NamedClassifier,
  type NamedWeight,
  type NamedWeights,
  type WeightRecords,
} from './named-weights.ts';

/** PyTorch's default. */
const EPSILON = 1e-5;
/** How many batches a batch normalization has seen; its average does not use it. */
const COUNTER = /(^|\.)num_batches_tracked$/;
const POOLED_NORM = /^(.*classifier\.(?:0|aspp)\.convs\.\d+)\.2\./;

/** What a classifier's last layer is called. */
const CLASSIFIERS = ['fc', 'linear'];

/** The deep stem of MMSegmentation's ResNets under timm's names, others as they are. */
const withTimmsStem = (module: string): string =>
  module.replace(/(^|\.)stem\.([0-7])$/, (_, before: string, member: string) =>
    member === '7' ? `${before}bn1` : `${before}conv1.${member}`,
  );

/** The shortcuts of CIFAR's ResNets under torchvision's names, others as they are. */
const withTorchvisionsShortcuts = (module: string): string =>
  module.replace(/(^|\.)(layer\d+\.\d+)\.shortcut\.([01])$/, '$1$2.downsample.$3');

/** Our layer of a module; `pooled` are the branches that begin with a pooling. */
function layerOf(module: string, isDeepLab: boolean, pooled: ReadonlySet<string>): string {
  const [, branch = '', member] = /^(.*)\.(\d+)$/.exec(module) ?? [];
  const shifted = pooled.has(branch)
    ? `${branch}.${Number(member) - 1}`
    : withTorchvisionsShortcuts(withTimmsStem(module));
  return isDeepLab ? shifted : `${BACKBONE_PREFIX}${shifted}`;
}

/** The classifier's last layer; `inFile` are the records' names by those without `module.`. */
function classifierOf(records: WeightRecords, inFile: ReadonlyMap<string, string>): NamedClassifier | null {
  for (const name of CLASSIFIERS) {
    const [record = '', biasRecord = ''] = ['weight', 'bias'].map((kind) => inFile.get(`${name}.${kind}`));
    const [weight, bias] = [records.get(record), records.get(biasRecord)];
    if (weight?.shape.length !== 2 || bias === undefined) continue;
    const kernel = { record, ...transposedMatrix(weight) };
    return {
      name,
      kernel,
      bias: { record: biasRecord, shape: bias.shape, data: new Float32Array(bias.data) },
    };
  }
  return null;
}

/** Translates a state dict. Names behind a `module.` of data-parallel training are understood. */
export function torchvisionWeights(records: WeightRecords): NamedWeights {
  const names = [...records.keys()];
  const plain = (name: string): string => name.replace(/^module\./, '');
  const isDeepLab = names.some((name) => plain(name).startsWith(BACKBONE_PREFIX));
  const pooled = new Set(names.flatMap((name) => POOLED_NORM.exec(plain(name))?.[1] ?? []));
  const weights = new Map<string, NamedWeight>();
  const unexpected: string[] = [];
  for (const [record, { shape, data }] of records) {
    if (COUNTER.test(record)) continue;
    const [, module = '', kind = ''] = /^(.*)\.(\w+)$/.exec(plain(record)) ?? [];
    const layer = layerOf(module, isDeepLab, pooled);
    const values = { record, shape, data: data instanceof Float32Array ? data : new Float32Array(data) };
    const isNorm = records.get(record.replace(/\w+$/, 'weight'))?.shape.length === 1;
    if (kind === 'weight' && shape.length === 4) {
      weights.set(`${layer}/kernel`, { record, ...transposed({ shape, data }, [2, 3, 1, 0]) });
    } else if (kind === 'weight' && shape.length === 1) weights.set(`${layer}/gamma`, values);
    else if (kind === 'bias') weights.set(`${layer}/${isNorm ? 'beta' : 'bias'}`, values);
    else if (kind === 'running_mean') weights.set(`${layer}/movingMean`, values);
    else if (kind === 'running_var') weights.set(`${layer}/movingVariance`, values);
    else unexpected.push(record);
  }
  const classifier = classifierOf(records, new Map(names.map((name) => [plain(name), name])));
  const found = { format: 'torchvision', epsilon: EPSILON, weights, unexpected } as const;
  return classifier === null ? found : { ...found, classifier };
}
