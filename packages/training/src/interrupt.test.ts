import { expect, it } from 'vitest';
import { interruptSignal } from './interrupt.ts';

it('turns the first Ctrl-C into an abort, and gives the signals back', () => {
  const listeners = process.listenerCount('SIGINT');
  let announced = 0;
  const interrupt = interruptSignal(() => announced++);
  process.emit('SIGINT');
  // What npm passes on of the same press; it must not end this process.
  process.emit('SIGINT');
  expect(interrupt.signal.aborted).toBe(true);
  expect(announced).toBe(1);
  interrupt.release();
  expect(process.listenerCount('SIGINT')).toBe(listeners);
});
