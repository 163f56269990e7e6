export { checkpointWriter, type CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer.ts';
export { describeComputation, describeEnvironment, environmentFacts, type RunEnvironment } from './environment.ts';
export { inRunFolder, type CleanUp } from './in-run-folder.ts';
export { readLabels, writeLabels, type Labels } from './labels.ts';
export { refuseUsedFile, type OutputFlags } from './output-file.ts';
export { runToResume } from './run-to-resume.ts';
export { freeRunFolder, RUNS } from './free-run-folder.ts';
export {
  addedOptions,
  describeAddedOptions,
  latestUnfinished,
  openUnfinished,
  refuseBesideResume,
  restore,
  withRemedies,
  withWayBack,
  type StartingPoint,
} from './resume.ts';
export { untilInterrupted, type InterruptibleContext } from './until-interrupted.ts';
