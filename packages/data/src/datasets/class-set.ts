// What the class indices of a data set mean, for data sets other than VOC.
import { DataError } from '../data-error.ts';
import { vocPalette } from './voc-classes.ts';

/** The classes of a data set. */
export interface ClassSet {
  /** What the data set is called in scores and reports. */
  name: string;
  /** Class names by index; 0 is the background if there is one. */
  classes: readonly string[];
  /** [R, G, B], 0…255, by index; null: VOC's colours. */
  palette: readonly (readonly [number, number, number])[] | null;
  /** The mask value of pixels that count nowhere. */
  ignoreLabel: number;
}

/**
 * The palette of all 256 indices, [256, 3] RGB: the classes' colours, VOC's for what has none.
 *
 * @throws DataError when the classes contradict each other; `origin` names their file.
 */
export function checkedPalette({ classes, palette, ignoreLabel }: ClassSet, origin: string): Uint8Array {
  const refuse = (problem: string): never => {
    throw new DataError(`The classes in ${origin} cannot be used: ${problem}.`);
  };
  if (classes.length < 2 || classes.length > 255)
    refuse(`there are ${classes.length}, and 2 to 255 are wanted`);
  const twice = classes.find((name, index) => classes.indexOf(name) !== index);
  if (twice !== undefined) refuse(`"${twice}" is named twice; give every class a name of its own`);
  if (!Number.isInteger(ignoreLabel) || ignoreLabel < classes.length || ignoreLabel > 255) {
    refuse(
      `ignoreLabel is ${ignoreLabel}, and a whole number from ${classes.length} (the number of classes) to 255 is wanted`,
    );
  }
  const colours = vocPalette();
  if (palette === null) return colours;
  if (palette.length !== classes.length) {
    refuse(
      `there are ${palette.length} colours for ${classes.length} classes; list one [R, G, B] for each, or none at all`,
    );
  }
  palette.forEach((colour, index) => {
    if (colour.length !== 3 || colour.some((value) => !Number.isInteger(value) || value < 0 || value > 255)) {
      refuse(
        `the colour of "${classes[index]}" is [${colour.join(', ')}], and three whole numbers of 0…255 are wanted`,
      );
    }
    colours.set(colour, 3 * index);
  });
  return colours;
}
