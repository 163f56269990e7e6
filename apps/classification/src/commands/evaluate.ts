/** Scores of a network on a test set. */
import { percent, Progress, refuseUsedFile, writeFileAtomic, type OutputFlags } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { withDataset } from '../config/flag-assignments.ts';
import { openTest } from '../data/open-data.ts';
import { describeEvaluation } from '../data/transforms.ts';
import { evaluate as score } from '../evaluation/evaluate.ts';
import { networkTitle } from '../network/build-network.ts';
import { openClassifier, type ClassifierFlags } from '../network/open-classifier.ts';

/** `out` gets scores and confusion matrix as JSON; without one the scores are only printed. */
export interface EvaluateArguments extends ClassifierFlags, OutputFlags {}

/** @throws with one sentence if the network or the images cannot be read, or the classes are others. */
export async function evaluate(flags: EvaluateArguments): Promise<void> {
  const { out } = flags;
  await refuseUsedFile(flags);
  const { config: given, network, classes, channels } = await openClassifier(flags);
  const progress = new Progress();
  try {
    // A run may have been trained where the data lay elsewhere.
    const config: Config = flags.run === undefined ? given : withDataset(given, flags);
    const test = await openTest(config);
    if (test.classes.join('\n') !== classes.join('\n')) {
      throw new Error(
        `The network knows ${classes.length} classes (${classes.slice(0, 3).join(', ')} …), and ${test.name} has ${test.classes.length} ` +
          `(${test.classes.slice(0, 3).join(', ')} …): name the data set that it was trained on with --dataset and --data.`,
      );
    }
    const { top1, top5, crossEntropy, confusion } = await score(network, test, {
      config,
      channels,
      progress,
    });
    progress.end();
    const protocol = `${test.ids.length} images of ${test.name}; ${networkTitle(config.model)}, ${config.model.recipe}; ${describeEvaluation(config)}`;
    console.log(
      `${percent(top1, 2)} top-1${top5 === null ? '' : `, ${percent(top5, 2)} top-5`}, cross-entropy ${crossEntropy.toFixed(4)}\n${protocol}`,
    );
    if (out === undefined) return;
    const scores = { top1, top5, crossEntropy, protocol, classes, confusion: [...confusion] };
    await writeFileAtomic(out, `${JSON.stringify(scores, null, 2)}\n`);
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    network.dispose();
  }
}
