// The proxy A-distance: how well a linear probe tells source from target features,
//
//   d = 2 (1 − 2 ε),   ε the probe's error on images it was not fitted to, each domain counting half
//
// 0: it guesses; 2: it is never wrong. Ben-David, Blitzer, Crammer and Pereira 2007, "Analysis of Representations for Domain
// Adaptation", NIPS 19. Features of deep networks are often separable, so that d sticks at 2 and says nothing any more; that is
// why the error stands beside it.

import { fitDomainProbe, requireFiniteFeatures, splitForProbe, type DomainFeatures } from './domain-probe.ts';

export interface ADistance {
  /** In [0, 2]: an error above one half counts as one half. */
  readonly distance: number;
  /** ε in [0, 1]. */
  readonly error: number;
  /** Images that ε was measured on. */
  readonly heldOut: number;
  /** Not one held-out image was mistaken: the domains may be further apart than 2 can say. */
  readonly isSaturated: boolean;
}

const mostPerDomain = 2000;
const weightDecay = 1e-3;

/**
 * Of features made by the evaluation transform. Looks at no more than 2000 images of each domain, fits the probe to 80 % of
 * them and judges it by the others; which is which depends on the seed.
 *
 * @throws if a domain has fewer than 5 images, or the features are not of one width; DivergedError if they are not finite.
 */
export function proxyADistance(features: DomainFeatures, seed: number): ADistance {
  requireFiniteFeatures(features);
  const { fitted, heldOut } = splitForProbe(features, mostPerDomain, seed);
  const probe = fitDomainProbe(fitted, weightDecay);
  // On the line itself, a probe knows nothing: half an error.
  const share = (logits: Float64Array, sign: 1 | -1): number =>
    logits.reduce((sum, z) => sum + (z * sign < 0 ? 1 : z === 0 ? 0.5 : 0), 0) / logits.length;
  const error = (share(probe.logits(heldOut.source), -1) + share(probe.logits(heldOut.target), 1)) / 2;
  return {
    distance: 2 * (1 - 2 * Math.min(error, 0.5)),
    error,
    heldOut: heldOut.source.rows + heldOut.target.rows,
    isSaturated: error === 0,
  };
}
