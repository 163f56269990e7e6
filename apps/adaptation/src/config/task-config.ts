/** Which images are the source, which the target, and where they lie. */
import { z } from 'zod';

const office31 = z.strictObject({
  name: z.literal('office31').describe('Office-31: 4110 photographs of 31 office objects in three domains.'),
  root: z.string().describe('Folder with amazon, dslr and webcam.').default('data/office31'),
  source: z.enum(['amazon', 'dslr', 'webcam']).describe('The labelled domain.').default('amazon'),
  target: z.enum(['amazon', 'dslr', 'webcam']).describe('The domain to adapt to.').default('webcam'),
});

const digits = z.strictObject({
  name: z
    .literal('digits')
    .describe('MNIST and USPS: train on the training sets, evaluate on the test set of the target.'),
  mnist: z.string().describe('Folder with the four idx.gz files of MNIST.').default('data/mnist'),
  usps: z.string().describe('usps.h5, or its folder.').default('data/usps'),
  source: z.enum(['mnist', 'usps']).describe('The labelled domain.').default('mnist'),
  target: z.enum(['mnist', 'usps']).describe('The domain to adapt to.').default('usps'),
});

const folders = z.strictObject({
  name: z.literal('folders').describe('Any two folders that hold one folder of images per class.'),
  source: z.string().describe('Folder of the labelled domain.').default('data/sample/domains/ink'),
  target: z
    .string()
    .describe('Folder of the domain to adapt to; its classes are used for scores alone.')
    .default('data/sample/domains/chalk'),
});

export const taskSchema = z.discriminatedUnion('name', [folders, office31, digits]);

export type TaskConfig = z.output<typeof taskSchema>;

const OFFICE_LETTERS = { A: 'amazon', D: 'dslr', W: 'webcam' } as const;
type OfficeLetter = keyof typeof OFFICE_LETTERS;
const isOfficeLetter = (text: string): text is OfficeLetter => Object.hasOwn(OFFICE_LETTERS, text);

/** Of Office-31, in the order of the papers' tables. */
export const OFFICE_TASKS = ['A-W', 'D-W', 'W-D', 'A-D', 'D-A', 'W-A'] as const;
/** Both ways between the digits. */
export const DIGIT_TASKS = ['mnist-usps', 'usps-mnist'] as const;

/**
 * The section `task` of a short name: `A-W` and the other five of Office-31, `mnist-usps`, `usps-mnist`.
 *
 * @throws if there is no such task.
 */
export function parseTask(text: string): z.input<typeof taskSchema> {
  const [source = '', target = '', ...more] = text.split('-');
  if (more.length === 0 && source !== target) {
    if (isOfficeLetter(source) && isOfficeLetter(target)) {
      return { name: 'office31', source: OFFICE_LETTERS[source], target: OFFICE_LETTERS[target] };
    }
    if ((source === 'mnist' && target === 'usps') || (source === 'usps' && target === 'mnist')) {
      return { name: 'digits', source, target };
    }
  }
  throw new Error(
    `There is no task "${text}": use one of ${[...OFFICE_TASKS, ...DIGIT_TASKS].join(', ')}, or set task.source and ` +
      'task.target to two folders.',
  );
}

/** A task as people write it: `A→W`, `mnist→usps`. */
export function taskName(task: TaskConfig): string {
  const { name, source, target } = task;
  const short = (domain: string): string => {
    if (name === 'office31') return domain.charAt(0).toUpperCase();
    return domain.split(/[\\/]/).findLast((part) => part !== '') ?? domain;
  };
  return `${short(source)}→${short(target)}`;
}
