import { afterEach, expect, it, vi } from 'vitest';
import { untilInterrupted } from './until-interrupted.ts';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** What stands on standard error after a job. */
function errors(): string[] {
  const said: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((text: string) => said.push(text));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  return said;
}

it('gives the result of a job that ends, and leaves the signals to the system', async () => {
  const listeners = process.listenerCount('SIGINT');
  expect(await untilInterrupted(() => Promise.resolve(7), ' x.')).toBe(7);
  expect(process.listenerCount('SIGINT')).toBe(listeners);
  expect(process.exitCode).toBeUndefined();
});

it.each([
  ['that stops by itself', () => null],
  [
    'that throws the reason of the signal',
    (signal: AbortSignal): null => {
      signal.throwIfAborted();
      return null;
    },
  ],
])('says how to go on with a job %s', async (_, end) => {
  const said = errors();
  const result = await untilInterrupted(({ signal }) => {
    process.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    return Promise.resolve().then(() => end(signal));
  }, ': npm start');
  expect(result).toBe(null);
  expect(said).toEqual([
    'Stopping with a checkpoint after this step; Ctrl-C again ends at once, without one.\n',
    'Stopped; everything is kept. Go on with: npm start',
  ]);
  expect(process.exitCode).toBe(130);
});

it('passes an error on', async () => {
  const failed = untilInterrupted(() => Promise.reject(new Error('The disk is full.')), '');
  await expect(failed).rejects.toThrow('The disk is full.');
  expect(process.exitCode).toBeUndefined();
});
