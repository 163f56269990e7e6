/** What libtensorflow reads from the environment when it is loaded: values for it, where nobody gave others. */

const SETTINGS: Readonly<Record<string, string>> = {
  // Errors only.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // Otherwise the first process takes all memory of the GPU.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // oneDNN keeps its operations and their scratch memory from step to step, and does not ask the system for new pages each time.
  TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: '0',
};

export function applyNativeSettings(environment: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(SETTINGS)) environment[name] ??= value;
}
