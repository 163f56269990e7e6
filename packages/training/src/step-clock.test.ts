import { expect, it } from 'vitest';
import { StepClock } from './step-clock.ts';

it('tells waiting from computing, and leaves the first, compiling step out', () => {
  let time = 0;
  const clock = new StepClock(() => time);
  const step = (wait: number, compute: number): void => {
    clock.start();
    time += wait;
    clock.dataArrived();
    time += compute;
    clock.stepDone(2);
    time += 10_000; // an evaluation
  };
  step(1000, 5000);
  step(100, 300);
  step(300, 500);
  clock.start();
  time += 200; // the loss is read
  clock.addPending();
  expect(clock.report()).toEqual({ dataSeconds: 0.2, stepSeconds: 0.5, imagesPerSecond: 4 / 1.4 });
  step(0, 1000);
  expect(clock.report()).toEqual({ dataSeconds: 0, stepSeconds: 1, imagesPerSecond: 2 });
});

it('reports the first step when there is no other', () => {
  let time = 0;
  const clock = new StepClock(() => time);
  clock.start();
  clock.dataArrived();
  time = 4000;
  clock.stepDone(1);
  expect(clock.report()).toEqual({ dataSeconds: 0, stepSeconds: 4, imagesPerSecond: 0.25 });
});
