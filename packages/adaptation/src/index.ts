export * from './losses/index.ts';
export * from './methods/index.ts';
export * from './selection/index.ts';
export * from './analysis/index.ts';
export { trainingStep, type StepBatches } from './adaptation-step.ts';
export {
  DOMAIN_BATCHINGS,
  DomainNetwork,
  type DomainBatching,
  type DomainImages,
  type NetworkOutputs,
} from './domain-network.ts';
export { matrix, row, type Answers, type Matrix } from './matrix.ts';
export type {
  AdaptationMethod,
  AdaptationPlan,
  DomainOutputs,
  FurtherUpdate,
  Head,
  MethodDimensions,
  MethodLoss,
  RefreshContext,
  SourceBatch,
  Stage,
  TargetBatch,
  TrainingStep,
} from './method.ts';
