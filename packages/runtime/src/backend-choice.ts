/**
 * Which backend the user asked for. `PLUMBLINE_BACKEND` forces one; without it the best available one is taken,
 * in the order of `BACKENDS`.
 */

/** The backends Plumbline runs on, fastest first: native libtensorflow, WebAssembly with SIMD, plain JavaScript. */
export const BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

const isBackendName = (name: string): name is BackendName => (BACKENDS as readonly string[]).includes(name);

/**
 * @param value what `PLUMBLINE_BACKEND` holds; unset or empty means "choose for me".
 * @returns the forced backend, or null when the choice is free.
 * @throws when the value names no backend.
 */
export function requestedBackend(value: string | undefined): BackendName | null {
  if (value === undefined || value === '') return null;
  if (isBackendName(value)) return value;
  throw new Error(
    `PLUMBLINE_BACKEND is "${value}"; it must be one of ${BACKENDS.join(', ')}, or unset to get the best one available.`,
  );
}
