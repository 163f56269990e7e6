export { accumulateGradients, type ForwardResult, type StepGradients } from './accumulation.ts';
export { fileError, writeFileAtomic, type FileContent } from './atomic-file.ts';
export {
  loadCheckpoint,
  readCheckpointMetadata,
  saveCheckpoint,
  type CheckpointMetadata,
  type CheckpointParts,
  type Json,
  type Stateful,
} from './checkpoint.ts';
export { clipByGlobalNorm, type ClippedGradients } from './clip-gradients.ts';
export { single, type Communicator } from './communicator.ts';
export {
  BOUNDARY_TOLERANCE,
  boundaryScore,
  BoundaryScores,
  type BoundaryOptions,
  type BoundarySummary,
} from './boundary-score.ts';
export {
  ConfusionMatrix,
  type SegmentationScores,
  type SerializedConfusionMatrix,
} from './confusion-matrix.ts';
export { Adam, type AdamOptions } from './adam.ts';
export { EventWriter, type EventImage } from './event-writer.ts';
export { fingerprint } from './fingerprint.ts';
export { interruptSignal, type Interrupt } from './interrupt.ts';
export { keepCheckpoint, keptSteps } from './kept-checkpoints.ts';
export { DivergedError } from './loss-window.ts';
export * from './losses/index.ts';
export { namedVariables, type NamedVariable } from './named-variables.ts';
export {
  describeGroups,
  groupsOf,
  groupVariables,
  parameterGroups,
  type GroupsOfOptions,
  type ParameterGroup,
  type ParameterGroupOptions,
} from './parameter-groups.ts';
export { formatDuration, percent } from './format.ts';
export { eagerMessage, Progress, progressLine, type ProgressOptions } from './progress.ts';
export { claimRun, releaseRun, RunBusyError, workedOnBy } from './run-claim.ts';
export { RunFolder, type MetricsRecord } from './run-folder.ts';
export * from './runs/index.ts';
export * from './sweep/index.ts';
export { useTrainedWeights } from './trained-weights.ts';
export { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from './safetensors.ts';
export {
  constantSchedule,
  cosineSchedule,
  inverseDecaySchedule,
  polySchedule,
  stepSchedule,
  withWarmUp,
  type CosineOptions,
  type InverseDecayOptions,
  type PolyOptions,
  type Schedule,
  type StepOptions,
  type WarmUpOptions,
} from './schedules.ts';
export { type Terms } from './term-means.ts';
export {
  trainStep,
  type StepInputs,
  type StepResults,
  type StepUpdate,
  type TrainStepOptions,
} from './train-step.ts';
export { restrictedTo, type Optimizer } from './optimizer.ts';
export { Sgd, type SgdOptions } from './sgd.ts';
export { topKCorrect } from './top-k.ts';
export { StepClock, type StepTimes } from './step-clock.ts';
export { trainLoop, type TrainLoopOptions, type TrainOutcome, type TrainRecord } from './train-loop.ts';
export { renderCurve, type Curve, type CurveSeries } from './report/curve.ts';
export { trainingCurves } from './report/training-curves.ts';
export {
  confusionPicture,
  confusionSvg,
  worstConfusions,
  type ConfusionUnit,
} from './report/confusion-picture.ts';
export { Html, html, type HtmlValue } from './report/html.ts';
export { chart, facts, page, scoreCards, section } from './report/page.ts';
export { legend } from './report/pictures.ts';
export { digitsOf, labelPositions, lines, ticksOf } from './report/plot-layout.ts';
export {
  renderComparison,
  type ComparisonContent,
  type ComparisonTable,
} from './report/render-comparison.ts';
export { renderReport, writeReport } from './report/render-report.ts';
export type {
  ReportClass,
  ReportContent,
  ReportFacts,
  ReportImage,
  ReportPicture,
  ReportScore,
} from './report/report-content.ts';
export { metricPoints } from './report/metric-points.ts';
export { unfinishedRuns, type UnfinishedRun } from './unfinished-runs.ts';
export { categoryPlotSvg, type CategoryPlot, type CategoryPoint } from './report/category-plot.ts';
export { pageColorOf, plotColors } from './report/plot-marks.ts';
export { spreadPlotSvg, type SpreadPlot, type SpreadPoint, type SpreadSeries } from './report/spread-plot.ts';
export { WeightAverage, type WeightAverageOptions } from './weight-averaging.ts';
