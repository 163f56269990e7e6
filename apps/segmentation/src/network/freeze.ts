/**
 * What of a network stays as it was loaded.
 *
 * Frozen norms are batch normalizations that use their running statistics in training too, as the DeepLab and detection
 * literature does where a batch is too small to be normalized by. With `freezeAffine` γ and β stay as well (torchvision's
 * FrozenBatchNorm2d); without, the statistics alone do (MMSegmentation's `norm_eval`). It is a property of the layers:
 * nothing that runs them, be it a step, an evaluation or an average of the weights, has to think of it, and a resumed run
 * gets it with its network.
 */
import { BACKBONE_PREFIX, freezeStages, stageLayers, type ImportResult } from '@plumbline/models';
import { ChannelNorm, freezeBatchNorm } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';

type ModelOptions = Config['model'];

const isOfBackbone = (layer: string): boolean => layer.startsWith(BACKBONE_PREFIX);

/** Whether `model.freezeNorm` freezes the norm of that name. */
const isFrozenNorm = (layer: string, { freezeNorm }: ModelOptions): boolean =>
  freezeNorm === 'all' || (freezeNorm === 'backbone' && isOfBackbone(layer));

const freezeNorms = (model: tfl.LayersModel, options: ModelOptions): string[] =>
  freezeBatchNorm(model, {
    affine: options.freezeAffine,
    include: (name) => isFrozenNorm(name, options),
  });

/**
 * Freezes what `model.freezeNorm` and `model.freezeStages` name.
 *
 * @throws where there is nothing to freeze, or nothing worth keeping.
 */
export function freeze(model: tfl.LayersModel, { model: options }: Config): void {
  const { freezeNorm, freezeStages: stages, weights, recipe, backbone } = options;
  if (freezeNorm === 'none' && stages === 0) return;
  const option = freezeNorm === 'none' ? `freezeStages ${stages}` : `freezeNorm ${freezeNorm}`;
  if (weights === null) {
    throw new Error(
      `model.${option} would keep what was drawn at random, as model.weights is null: ` +
        'name a weights file in model.weights (--weights), or freeze nothing.',
    );
  }
  if (stages > 0 && backbone !== 'resnet') {
    throw new Error(
      `model.freezeStages is ${stages}, and ${backbone} has no stages to count: set it to 0, or freeze norms alone ` +
        'with model.freezeNorm.',
    );
  }
  const norms = freezeNorms(model, options);
  if (freezeNorm !== 'none' && norms.length === 0) {
    throw new Error(
      `model.freezeNorm ${freezeNorm} finds no running statistics to freeze with model.recipe ${recipe}, which has the same ` +
        'function in training and inference: set model.freezeNorm=none, or a recipe such as bn.',
    );
  }
  freezeStages(model, stages);
}

/**
 * Refuses what `freeze` froze and the weights file does not fit: norms of which it says nothing, and filters that the
 * recipe makes others of, whose statistics are not those in the file.
 */
export function refuseFrozenStrangers(
  model: tfl.LayersModel,
  { model: options }: Config,
  { report }: ImportResult,
): void {
  const { freezeNorm, weights, recipe } = options;
  const matched = new Set(report.matched);
  // Every norm that the file speaks of gets its β, be it the file's own or a convolution's bias.
  const unknown = freezeNorms(model, options).filter((name) => !matched.has(`${name}/beta`));
  if (unknown.length > 0) {
    throw new Error(
      `model.freezeNorm ${freezeNorm} would freeze ${unknown.length} norms that ${weights} has nothing for ` +
        `(${unknown.slice(0, 3).join(', ')}${unknown.length > 3 ? ', …' : ''}): ` +
        `set model.freezeNorm=${freezeNorm === 'all' ? 'backbone' : 'none'}.`,
    );
  }
  const stages = stageLayers(model, options.freezeStages);
  const changed = report.changedFunction.find(
    ({ layer }) =>
      (isFrozenNorm(layer, options) || stages.has(layer)) && !(model.getLayer(layer) instanceof ChannelNorm),
  );
  if (changed === undefined) return;
  throw new Error(
    `model.recipe ${recipe} makes other filters of those in ${weights} (${changed.layer}: ${changed.why}), and what is frozen ` +
      'could never fit them: set model.keepKernels=true, model.recipe=bn, or freeze nothing.',
  );
}
