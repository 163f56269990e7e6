// Options of a training step that every app has: how it is carried out, whatever it computes.

import { z } from 'zod';

/** Of a section `train`. */
export const stepOptions = {
  capture: z
    .enum(['auto', 'always', 'never'])
    .describe(
      'Run the steps as one TensorFlow graph, on the native backend: auto does where there are enough steps to make up for the ' +
        'seconds it takes to make the graph.',
    )
    .default('auto'),
  precision: z
    .enum(['float32', 'bf16'])
    .describe('Of convolutions and matrix products, in a graph; everything else is float32.')
    .default('float32'),
  recompute: z
    .boolean()
    .describe(
      'Compute the activations of each block a second time for its gradients instead of holding them, in a graph: less memory, and ' +
        'about a quarter more time.',
    )
    .default(false),
};

interface StepOptions {
  capture: 'auto' | 'always' | 'never';
  precision: 'float32' | 'bf16';
  recompute: boolean;
}

/** Reports what the step options of `train` cannot say alone. */
export function checkStepOptions(
  { capture, precision, recompute }: StepOptions,
  context: z.RefinementCtx,
): void {
  if (capture !== 'never') return;
  const refuse = (option: string, message: string): void => {
    context.addIssue({ code: 'custom', path: ['train', option], message });
  };
  if (precision !== 'float32')
    refuse('precision', `must be float32 with train.capture never: only a graph computes in ${precision}`);
  if (recompute)
    refuse('recompute', 'must be false with train.capture never: only a graph computes activations twice');
}

/** Making a graph takes as long as some tens of steps; a run has to be this long. */
const WORTH_A_GRAPH = 50;

/** Whether a run of `totalSteps` is to be captured. It does not depend on where the run is resumed, and so its bits do not. */
export const captures = ({ capture, precision, recompute }: StepOptions, totalSteps: number): boolean =>
  capture === 'always' ||
  (capture === 'auto' && (totalSteps >= WORTH_A_GRAPH || precision !== 'float32' || recompute));
