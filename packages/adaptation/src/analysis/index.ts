export { proxyADistance, type ADistance } from './a-distance.ts';
export type { DomainFeatures } from './domain-probe.ts';
export { domainDrift, type LayerDrift } from './domain-drift.ts';
export { embedFeatures, type EmbeddedPoint, type Embedding } from './embed-features.ts';
export { isFiniteMatrix, rowsAt } from './rows.ts';
export { shuffled } from './seeded-random.ts';
export { accuracy, crossEntropies, predictedClasses, softmax } from './probabilities.ts';
