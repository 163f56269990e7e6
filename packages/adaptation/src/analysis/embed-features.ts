// Source and target features in one plane, for people to look at: UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) with
// 15 neighbours and a minimum distance of 0.1. Who is whose neighbour means something; distances between groups and their sizes do not.

import { UMAP } from 'umap-js';
import { row } from '../matrix.ts';
import { requireFiniteFeatures, type DomainFeatures } from './domain-probe.ts';
import { sampled, seededRandom } from './seeded-random.ts';

/** An image's place in the plane. */
export interface EmbeddedPoint {
  /** Of its row in the features. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

export interface Embedding {
  readonly source: readonly EmbeddedPoint[];
  readonly target: readonly EmbeddedPoint[];
}

/**
 * At most `most` images of each domain, embedded together; which ones and where they start depends on the seed.
 *
 * @param most default 500: a second or two of work.
 * @throws if there are fewer than 4 images, or the features are not of one width; DivergedError if they are not finite.
 */
export function embedFeatures({ source, target }: DomainFeatures, seed: number, most = 500): Embedding {
  if (source.columns !== target.columns || source.rows + target.rows < 4) {
    throw new Error(
      `An embedding got features of ${source.rows}×${source.columns} and ${target.rows}×${target.columns}: ` +
        'give features of both domains from one layer, of 4 images or more.',
    );
  }
  requireFiniteFeatures({ source, target });
  const chosen = [source, target].map((features, domain) => ({
    features,
    indices: [...sampled(features.rows, most, seed + domain)],
  }));
  const vectors = chosen.flatMap(({ features, indices }) =>
    indices.map((index) => [...row(features, index)]),
  );
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(15, vectors.length - 1),
    minDist: 0.1,
    random: seededRandom(seed),
  });
  const places = umap.fit(vectors);
  let next = 0;
  const points = chosen.map(({ indices }) =>
    indices.map((index) => {
      const [x = 0, y = 0] = places[next++] ?? [];
      return { index, x, y };
    }),
  );
  return { source: points[0] ?? [], target: points[1] ?? [] };
}
