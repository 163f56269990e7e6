import type { BatchArrays, BatchTask } from './batch-task.ts';

/** To a decoding thread: a task under a number of its own, or the request to end. */
export type WorkerRequest = { readonly id: number; readonly task: BatchTask } | 'close';

/** From a decoding thread: the batch, or what went wrong with it. */
export type WorkerReply =
  | { readonly id: number; readonly batch: BatchArrays }
  | {
      readonly id: number;
      readonly message: string;
      readonly stack: string | undefined;
      readonly isDataError: boolean;
    };
