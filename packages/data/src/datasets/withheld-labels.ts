// The labels of a target domain, kept from training. Unsupervised domain adaptation trains on the target's images alone,
// and choosing a network by the target's labels is an oracle. So the labels go into an object that only counts, and the
// images into another that has none: not by its type alone, but at run time.
import type { ImageSet, LabelledImages } from './image-set.ts';

/** Labels that nobody can read: only counts of right and wrong answers come out. */
export class WithheldLabels {
  /** Class names by index. */
  readonly classes: readonly string[];
  /** How many images are labelled. */
  readonly count: number;
  readonly #labels: Int32Array;

  constructor({ classes, labels }: Pick<LabelledImages, 'classes' | 'labels'>) {
    this.classes = [...classes];
    this.count = labels.length;
    this.#labels = Int32Array.from(labels);
  }

  /**
   * Counts answers: int32 [K, K] row by row, the row is the truth, the column the prediction.
   *
   * @param predictions int32 [n], class indices
   * @param indices int32 [n], the images that were answered, by their places in the set. Default: all of them, in order
   * @throws Error when there are not as many answers as images, or one is no class.
   */
  confusion(predictions: Int32Array, indices?: Int32Array): Int32Array {
    const wanted = indices?.length ?? this.count;
    if (predictions.length !== wanted) {
      throw new Error(
        `${predictions.length} predictions were given for ${wanted} images: give one per image.`,
      );
    }
    const size = this.classes.length;
    const counts = new Int32Array(size * size);
    predictions.forEach((prediction, i) => {
      const truth = this.#labels[indices?.[i] ?? i];
      if (truth === undefined) {
        throw new Error(`Image ${indices?.[i] ?? i} was answered, but the images are 0…${this.count - 1}.`);
      }
      if (!(prediction >= 0 && prediction < size)) {
        throw new Error(`Prediction ${i} is ${prediction}, but the classes are 0…${size - 1}.`);
      }
      const cell = truth * size + prediction;
      counts[cell] = (counts[cell] as number) + 1;
    });
    return counts;
  }
}

/**
 * Parts a set into images without labels, for training, and labels that only count, for the evaluator.
 *
 * File names may still tell the class to a reader (`mug/frame_0001.jpg`); no loader or method looks at them.
 */
export function withholdLabels(set: LabelledImages): { images: ImageSet; labels: WithheldLabels } {
  const { name, ids, pixels } = set;
  return { images: { name, ids, pixels }, labels: new WithheldLabels(set) };
}
