export { refusalOf, runSweep, type RunSweepOptions, type SweepRun } from './run-sweep.ts';
export { median, spread, type Spread } from './statistics.ts';
export { stateOf, type SweepCell, type SweepFailure, type SweepState } from './sweep-cell.ts';
export { SweepFolder, type SweepFolderOptions, type SweepPlan, type SweepWords } from './sweep-folder.ts';
export {
  csv,
  describeRunStates,
  describeSeeds,
  failureFacts,
  formatChange,
  formatSpread,
  markdownList,
  markdownTable,
  textTable,
  withoutScore,
  type FailedRun,
} from './tables.ts';
