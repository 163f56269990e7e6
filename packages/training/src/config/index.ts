// Configurations and flags. Nothing here may load TensorFlow: `--help` and `config` read it.

export { assignmentPath, refuseDecided } from './decided-assignments.ts';
export { describeConfig } from './describe-config.ts';
export { collect, nameList, numberList, sources, type ConfigArguments } from './flag-values.ts';
export {
  createConfigLoader,
  type ConfigLoader,
  type ConfigPreset,
  type ConfigSources,
} from './load-config.ts';
export { refuseSwallowedFlags, type ParsedCommand } from './refuse-swallowed-flags.ts';
export { captures, checkStepOptions, stepOptions } from './step-options.ts';
