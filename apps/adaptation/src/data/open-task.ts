/** The images of a task: what is trained on, what helps to choose, and what is scored. */
import {
  openImageFolder,
  openMnist,
  openOffice31,
  openUsps,
  requireSameClasses,
  splitLabelled,
  takeSpread,
  withholdLabels,
  type ImageSet,
  type LabelledImages,
  type WithheldLabels,
} from '@plumbline/data';
import type { Config } from '../config/config.ts';
import { taskName, type TaskConfig } from '../config/task-config.ts';

export interface Task {
  /** `A→W`. */
  name: string;
  classes: readonly string[];
  channels: 1 | 3;
  source: LabelledImages;
  /** Source images that are not trained on. */
  sourceValidation: LabelledImages;
  /** What training sees of the target: no labels. */
  target: ImageSet;
  /** Target images that are scored: all of its domain, which those of `target` are among, or a test set. */
  test: ImageSet;
  /** Whether `test` is another set than the target's images that are trained on. */
  isInductive: boolean;
  /** Of `test`; they can only be counted with. */
  labels: WithheldLabels;
  /** What is scored, in words. */
  evaluation: string;
}

/** Both domains as they lie on disk, and test sets where they have them. */
interface Domains {
  source: LabelledImages;
  target: LabelledImages;
  sourceTest: LabelledImages | null;
  targetTest: LabelledImages | null;
}

type DigitsTask = Extract<TaskConfig, { name: 'digits' }>;

const openDigits = (task: DigitsTask, domain: 'mnist' | 'usps', split: 'train' | 'test') =>
  domain === 'mnist' ? openMnist(task.mnist, split) : openUsps(task.usps, split);

async function openDomains(task: TaskConfig): Promise<Domains> {
  switch (task.name) {
    case 'office31':
      return {
        source: await openOffice31(task.root, task.source),
        target: await openOffice31(task.root, task.target),
        sourceTest: null,
        targetTest: null,
      };
    case 'digits':
      return {
        source: await openDigits(task, task.source, 'train'),
        target: await openDigits(task, task.target, 'train'),
        sourceTest: await openDigits(task, task.source, 'test'),
        targetTest: await openDigits(task, task.target, 'test'),
      };
    case 'folders':
      return {
        source: await openImageFolder(task.source),
        target: await openImageFolder(task.target),
        sourceTest: null,
        targetTest: null,
      };
  }
}

const adaptedTo = (seen: number, scored: number): string =>
  seen === scored
    ? 'the same that were adapted to, without their labels'
    : `${seen} of which were adapted to, without their labels`;

const limited = <S extends ImageSet>(set: S, limit: number | null): S =>
  limit === null ? set : takeSpread(set, limit);

/** @throws with one sentence on missing or damaged data, and on domains of different classes. */
export async function openTask({ task, data, seed }: Config): Promise<Task> {
  const { source, target, sourceTest, targetTest } = await openDomains(task);
  requireSameClasses(source, target);
  const [training, validation] =
    sourceTest === null
      ? splitLabelled(source, { share: data.sourceValidationShare, seed })
      : [source, sourceTest];
  const scored = withholdLabels(targetTest ?? target);
  const seen = limited(withholdLabels(target).images, data.limit);
  const isInductive = targetTest !== null;
  return {
    name: taskName(task),
    classes: source.classes,
    channels: source.pixels.kind === 'memory' ? source.pixels.channels : 3,
    source: limited(training, data.limit),
    sourceValidation: validation,
    target: seen,
    test: scored.images,
    isInductive,
    labels: scored.labels,
    evaluation: `${scored.images.ids.length} images of ${scored.images.name}, ${isInductive ? 'not trained on' : adaptedTo(seen.ids.length, scored.images.ids.length)}`,
  };
}
