export interface ReadAheadOptions {
  /** The first number. Default 0. */
  from?: number;
  /** The number to end before. Default: none. */
  end?: number;
  /** Results kept ready or in the making beyond the one in hand. */
  ahead: number;
}

/** What `start` makes of the numbers `from`, `from` + 1, …, in order, the next few in the making meanwhile. */
export async function* readAhead<T>(
  start: (number: number) => Promise<T>,
  { from = 0, end = Infinity, ahead }: ReadAheadOptions,
): AsyncGenerator<T, void, undefined> {
  const started: Promise<T>[] = [];
  let next = from;
  for (let taken = from; taken < end; taken++) {
    while (next < end && started.length <= ahead) {
      const result = start(next++);
      // A failure belongs to whoever takes this result; until then, or if nobody does, it is no unhandled rejection.
      result.catch(() => undefined);
      started.push(result);
    }
    yield await (started.shift() as Promise<T>);
  }
}
