/**
 * Pseudo-labels (Lee 2013, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method"): the answers of a
 * trained network, the teacher, as masks of images that have none; pixels it is not sure of become void. With a list and
 * a class file, so that `data.list` takes them.
 */
import { checkedPalette, readRgb } from '@plumbline/data';
import { Progress } from '@plumbline/training';
import { readClassSet } from '../data/classes.ts';
import { openSegmenter, refuseOtherClasses, type SegmenterArguments } from '../network/open-segmenter.ts';
import { predictInputs } from '../data/predict-inputs.ts';
import { orReport } from './or-report.ts';
import { openPseudoLabels } from '../data/pseudo-label-folder.ts';

export interface PseudoLabelArguments extends SegmenterArguments {
  out: string;
  /** File with the path of an image on each line. */
  list?: string;
  /** The least softmax, 0…1, of a pixel that is labelled. Default: every pixel is. */
  minConfidence?: number;
  /** Class file of the data that the labels are for. Default: the teacher's own classes. */
  classes?: string;
  /** What the list is called. */
  split: string;
}

const percentOf = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

/**
 * Writes `<out>/masks/<name>.png`, `<out>/<split>.txt` and `<out>/classes.yaml`. Images that the list names already are
 * left out, so an interrupted call goes on where it stopped; one that cannot be read is reported and left out. Images
 * are taken as they are stored, without their EXIF orientation, as training reads them.
 *
 * @throws at once when the teacher does not fit the data or the folder; at the end when an image could not be read.
 */
export async function preparePseudoLabels(
  paths: readonly string[],
  options: PseudoLabelArguments,
): Promise<void> {
  const { out, list, split, minConfidence = null } = options;
  const inputs = await predictInputs({ paths, ...(list === undefined ? {} : { list }) });
  const teacher = await openSegmenter(options);
  const wanted = options.classes === undefined ? null : await readClassSet(options.classes);
  if (wanted !== null) refuseOtherClasses(teacher, wanted.classes, String(options.classes));
  const classSet = wanted ?? { ...teacher.classSet, name: `pseudo-labels of ${teacher.classSet.name}` };
  const palette = checkedPalette(classSet, teacher.origin);
  const config = teacher.configure(teacher.config);
  const { ignoreLabel } = classSet;
  const folder = await openPseudoLabels(out, split, classSet, {
    teacher: teacher.network,
    inference: teacher.describe(config),
    longSide: config.data.baseSize,
    minConfidence,
  });
  const rest = folder.open(inputs);
  const progress = new Progress();
  const skipped = inputs.length - rest.length;
  if (skipped > 0) progress.message(`${skipped} of ${inputs.length} images have their masks already.`);
  let failures = 0;
  let [pixels, voids, empty] = [0, 0, 0];
  for (const [index, input] of rest.entries()) {
    const image = await orReport(progress, () => readRgb(input.file));
    if (image === null) failures++;
    else {
      const doubt = minConfidence === null ? null : { minConfidence, ignoreLabel };
      const data = teacher.segment(image, { config, name: input.file, isPhotograph: true, doubt });
      await folder.add(input, { width: image.width, height: image.height, data }, palette);
      const unsure = data.reduce((sum, label) => sum + Number(label === ignoreLabel), 0);
      pixels += data.length;
      voids += unsure;
      empty += Number(unsure === data.length);
    }
    progress.count(index + 1, rest.length, 'images');
  }
  const done = rest.length - failures;
  const unsure =
    minConfidence === null || done === 0 ? '' : `; ${percentOf(voids, pixels)} of the pixels void`;
  const nothing = empty === 0 ? '' : `; ${empty} of them void altogether`;
  console.log(`${done} masks by ${teacher.origin}${unsure}${nothing}.`);
  console.log(`List:    ${folder.list}\nClasses: ${folder.classes}`);
  if (failures === 0) return;
  throw new Error(
    `${failures} of ${inputs.length} images could not be read, as said above; the masks of the others are in ${out}.`,
  );
}
