// How many images have their class among the k that the network finds likeliest.

/**
 * Counts for each of `ks` the images whose class is among the k highest logits. A tie counts against the answer, so that a
 * network that finds all classes equally likely knows none; an image with a NaN among its logits never counts.
 *
 * @param logits [N·K], image after image.
 * @param labels [N], class indices.
 * @param ks Whole numbers from 1 on. Of K or more, every image without a NaN counts.
 * @throws if the sizes do not fit, or a label or k is out of range.
 */
export function topKCorrect(logits: Float32Array, labels: Int32Array, ks: readonly number[]): number[] {
  const images = labels.length;
  const classes = images === 0 ? 0 : logits.length / images;
  if (!Number.isInteger(classes) || (images === 0 && logits.length > 0))
    throw new Error(
      `The top-k count got ${logits.length} logits and ${images} labels: give as many logits to every image, one a class.`,
    );
  const wrong = ks.find((k) => !Number.isInteger(k) || k < 1);
  if (wrong !== undefined) throw new Error(`The top-k count got k ${wrong}: give whole numbers from 1 on.`);
  const correct = ks.map(() => 0);
  labels.forEach((label, image) => {
    if (label < 0 || label >= classes)
      throw new Error(
        `The top-k count got label ${label} of image ${image}, and the network has ${classes} classes: give a label from 0 to ${classes - 1}.`,
      );
    const row = logits.subarray(image * classes, (image + 1) * classes);
    if (row.some(Number.isNaN)) return;
    const own = row[label] ?? NaN;
    // At least 1, by the class itself.
    const rank = row.reduce((above, logit) => above + Number(logit >= own), 0);
    ks.forEach((k, place) => {
      if (rank <= k) correct[place] = (correct[place] ?? 0) + 1;
    });
  });
  return correct;
}
