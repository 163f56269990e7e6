// TransNorm as a plan: a method of both domains, on a network that is normalized by TransNorm.
//
// Wang, Jin, Long, Wang, Jordan: "Transferable Normalization: Towards Improving Transferability of Deep Neural Networks",
// NeurIPS 2019. All of it is in the network (the layer TransNorm of @plumbline/norm); the paper has it under DANN and CDAN.

import { leafLayers, TransNorm } from '@plumbline/norm';
import type { AdaptationPlan } from '../method.ts';
import { dann } from './dann.ts';
import { singleStage, type MethodFactory, type PlanLength } from './plan.ts';

export interface TransNormPlanOptions {
  /** What trains the network, with both domains in every step. Default: DANN. */
  training?: MethodFactory;
}

/** `training` on a network with TransNorm, which is the recipe `tn`, alone or behind a normalizer of weights. */
export const transNorm = (
  { training = dann() }: TransNormPlanOptions,
  { steps }: PlanLength,
): AdaptationPlan => ({
  ...singleStage(training, steps),
  unsuited: (model) =>
    leafLayers(model).some(({ layer }) => layer instanceof TransNorm)
      ? null
      : 'The method transnorm needs a network normalized by TransNorm, and this one has none: use a recipe with tn.',
});
