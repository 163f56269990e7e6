/** What the flags of `evaluate` and `predict` make of a run's configuration. */
import type { Config } from '../config/config.ts';
import type { InferenceFlags } from './inference-flags.ts';
import { validateConfig } from '../config/load-config.ts';

/**
 * The configuration with the flags over it.
 *
 * @throws with one sentence when they do not fit it or each other.
 */
export function overrideInference(config: Config, flags: InferenceFlags, origin: string): Config {
  const { mode, window, stride, scales, flip, baseSize } = flags;
  const evaluate = {
    ...config.evaluate,
    ...(window === undefined ? {} : { mode: 'slide' as const, window }),
    ...(mode === undefined ? {} : { mode }),
    ...(stride === undefined ? {} : { windowStride: stride }),
    ...(scales === undefined ? {} : { scales }),
    ...(flip === undefined ? {} : { flip }),
  };
  if (evaluate.mode === 'whole' && (window !== undefined || stride !== undefined)) {
    throw new Error('--window and --stride are for windows: add --mode slide, or leave them out.');
  }
  // The run's square may be too small for larger images; each is padded to its own size then.
  const isTooSmall = baseSize !== undefined && evaluate.size !== null && evaluate.size < baseSize;
  const size = evaluate.mode === 'whole' && isTooSmall ? null : evaluate.size;
  return validateConfig(
    {
      ...config,
      data: { ...config.data, ...(baseSize === undefined ? {} : { baseSize }) },
      evaluate: { ...evaluate, size },
    },
    `${origin}, with the flags of the command line`,
  );
}
