/** The last layer of an image classifier from a file whose network has the same classes. */
import { NormDense } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { NamedClassifier, NamedWeights } from './named-weights.ts';
import { weightOf } from './weight-of.ts';

/** As `imageClassifier` names it. */
const CLASSIFIER = 'classifier.fc';

export interface ClassifierImport {
  readonly layer: NormDense;
  readonly from: NamedClassifier;
}

/**
 * The model's classifier and the file's, as `ImportOptions.classifier` wants them; null where they are left apart.
 *
 * @throws if they are required and do not fit.
 */
export function wantedClassifier(
  model: tfl.LayersModel,
  source: NamedWeights,
  wanted: 'none' | 'fitting' | 'required',
): ClassifierImport | null {
  if (wanted === 'none') return null;
  const fit = fittingClassifier(model, source);
  if (typeof fit !== 'string') return fit;
  if (wanted === 'fitting') return null;
  throw new Error(fit);
}

/** Both, or a sentence that says why they do not fit. */
function fittingClassifier(model: tfl.LayersModel, source: NamedWeights): ClassifierImport | string {
  const layer = model.layers.find(({ name }) => name === CLASSIFIER);
  if (!(layer instanceof NormDense)) {
    return (
      `The model "${model.name}" has no layer "${CLASSIFIER}" for the file's classifier: leave the option classifier out, or ` +
      'import into an imageClassifier.'
    );
  }
  if (layer.kernelNormalizer !== null) {
    return `The classifier of the model "${model.name}" normalizes its weights, and the file's does not: build the model with classifier plain.`;
  }
  const { classifier: from, format } = source;
  if (from === undefined) {
    return (
      `The weights, read as ${format}'s, have no fully connected classifier, fc or linear, for the model "${model.name}": leave ` +
      'the option classifier out.'
    );
  }
  const [features = 0, classes = 0] = (weightOf(layer, 'kernel')?.shape ?? []) as number[];
  const [fileFeatures = 0, fileClasses = 0] = from.kernel.shape;
  if (fileFeatures !== features || fileClasses !== classes) {
    return (
      `The file's classifier "${from.name}" has ${fileClasses} classes of ${fileFeatures} features, and that of the model ` +
      `"${model.name}" ${classes} of ${features}: give the model the file's classes and no bottleneck, or leave the option classifier out.`
    );
  }
  return { layer, from };
}
