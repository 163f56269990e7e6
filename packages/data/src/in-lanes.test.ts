import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inLanes } from './in-lanes.ts';

it('uses every item once, no more than wanted at a time', async () => {
  let now = 0;
  let most = 0;
  const used: number[] = [];
  await inLanes([3, 1, 4, 1, 5, 9, 2, 6], 3, async (item) => {
    most = Math.max(most, ++now);
    await turn();
    used.push(item);
    now--;
  });
  expect(used.sort()).toEqual([1, 1, 2, 3, 4, 5, 6, 9]);
  expect(most).toBe(3);
});

it('stops the source at a failure, once what is in hand is done', async () => {
  let given = 0;
  let isClosed = false;
  let open = 0;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (;;) yield given++;
    } finally {
      isClosed = true;
    }
  }
  const use = async (item: number): Promise<void> => {
    open++;
    await turn();
    open--;
    if (item === 5) throw new Error('item 5 is bad');
  };
  await expect(inLanes(endless(), 2, use)).rejects.toThrow('item 5 is bad');
  expect([isClosed, open]).toEqual([true, 0]);
  expect(given).toBeLessThan(10);
});

it('passes on what is wrong with the source', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield 1;
    throw new Error('the source ended');
  }
  await expect(inLanes(broken(), 4, () => Promise.resolve())).rejects.toThrow('the source ended');
});
