/** What libtensorflow reads from the environment when it is loaded: values for it, where nobody gave others. */
import { availableParallelism } from 'node:os';

/** Processors up to which operations of a graph run one after the other. */
const FEW_PROCESSORS = 4;

const settings = (processors: number): Readonly<Record<string, string>> => ({
  // Errors only.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // Otherwise the first process takes all memory of the GPU.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // oneDNN keeps its operations and their scratch memory from step to step, and does not ask the system for new pages each time.
  TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: '0',
  // Where one operation keeps every processor busy, a second one beside it gains little and has scratch memory of its own.
  ...(processors <= FEW_PROCESSORS ? { TF_NUM_INTEROP_THREADS: '1' } : {}),
});

/** @param processors that operations may run on. */
export function applyNativeSettings(
  environment: NodeJS.ProcessEnv = process.env,
  processors = availableParallelism(),
): void {
  for (const [name, value] of Object.entries(settings(processors))) environment[name] ??= value;
}
