/** Uses all items, at most `wide` of them at a time. Throws what went wrong first, once nothing is under way any more. */
export async function inLanes<T>(
  items: Iterable<T> | AsyncIterable<T>,
  wide: number,
  use: (item: T) => Promise<void>,
): Promise<void> {
  const shared = each(items);
  const lane = async (): Promise<void> => {
    for await (const item of shared) await use(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: wide }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** One generator for all lanes: the lane that fails ends it, and the others stop after what they have in hand. */
async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}
