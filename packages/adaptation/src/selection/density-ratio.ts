// How much likelier each source validation image is in the target than in the source,
//
//   w(x) = p_t(x) / p_s(x) ≈ P(t | x) / P(s | x)
//
// by a linear probe of the domain on features, as You et al. 2019 ("Towards Accurate Model Selection in Deep Unsupervised Domain
// Adaptation", PMLR 97) do with a small network. The probe counts each domain half, so their factor N_s / N_t is 1.

import { countSketch } from '../analysis/count-sketch.ts';
import { fitDomainProbe, splitForProbe, type DomainProbe } from '../analysis/domain-probe.ts';
import type { Matrix } from '../matrix.ts';
import type { ValidatorInput } from './validator.ts';

/** From strong to weak, each probe going on from the last one. */
const weightDecays = [1, 1e-1, 1e-2, 1e-3, 1e-4];
const mostPerDomain = 1000;
const mostFeatures = 256;

/** Two validators ask for the weights of the same answers. */
const known = new WeakMap<ValidatorInput, Float64Array>();

/**
 * w of each source validation image: float64 [n], in [e^−20, e^20]. The probe is fitted to 80 % of at most 1000 source training and
 * 1000 target images that the seed chooses, more than 256 features sketched to as many; the weight decay is the one with the least log
 * loss on the other 20 %.
 *
 * @throws if the source's training images or the target's are fewer than 5.
 */
export function densityRatio(input: ValidatorInput): Float64Array {
  const earlier = known.get(input);
  if (earlier !== undefined) return earlier;
  const { sourceTraining, sourceValidation, target, seed } = input;
  const narrow = (features: Matrix): Matrix => countSketch(features, mostFeatures, seed);
  const { fitted, heldOut } = splitForProbe(
    { source: narrow(sourceTraining), target: narrow(target.features) },
    mostPerDomain,
    seed,
  );
  let last: DomainProbe | undefined;
  let best: { probe: DomainProbe; loss: number } | undefined;
  for (const weightDecay of weightDecays) {
    const probe = fitDomainProbe(fitted, weightDecay, last?.weights);
    const loss = meanLogLoss(probe.logits(heldOut.source), -1) + meanLogLoss(probe.logits(heldOut.target), 1);
    if (best === undefined || loss < best.loss) best = { probe, loss };
    last = probe;
  }
  const ratios = (best?.probe.logits(narrow(sourceValidation.features)) ?? new Float64Array(0)).map(Math.exp);
  known.set(input, ratios);
  return ratios;
}

const meanLogLoss = (logits: Float64Array, sign: 1 | -1): number =>
  logits.reduce((sum, z) => sum + Math.log1p(Math.exp(-sign * z)), 0) / logits.length;
