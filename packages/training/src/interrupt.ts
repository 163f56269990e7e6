// Ctrl-C that lets the step in progress finish.

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

/** `npm run` passes on a Ctrl-C that the terminal has sent to all already: one press can arrive twice. */
const millisecondsOfOnePress = 1000;

/**
 * Turns the first SIGINT or SIGTERM into an abort signal; one more, a second later or more, ends the process at once.
 *
 * @param announce is called at the first, to say what happens now.
 */
export function interruptSignal(announce: () => void): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - first >= millisecondsOfOnePress) process.exit(130);
      return;
    }
    first = performance.now();
    controller.abort();
    announce();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
