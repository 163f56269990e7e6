// Where the time of training goes: waiting for data, or computing.

export interface StepTimes {
  /** Mean seconds a step waited for its batches. */
  dataSeconds: number;
  /** Mean seconds a step took after its batches had come. */
  stepSeconds: number;
  imagesPerSecond: number;
}

/**
 * Measures steps between two reports. The first step of a process compiles kernels for seconds: it
 * counts only as long as it is the only one.
 */
export class StepClock {
  private readonly now: () => number;
  private mark: number;
  private arrived = 0;
  private steps = 0;
  private images = 0;
  private data = 0;
  private compute = 0;
  private stepsEver = 0;

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.mark = now();
  }

  /** Before asking for data: whatever ran since the last step (evaluation, checkpoint) is not counted. */
  start(): void {
    this.mark = this.now();
  }

  dataArrived(): void {
    this.arrived = this.now();
  }

  stepDone(images: number): void {
    const end = this.now();
    if (this.stepsEver === 1) this.reset();
    this.stepsEver++;
    this.steps++;
    this.images += images;
    this.data += this.arrived - this.mark;
    this.compute += end - this.arrived;
    this.mark = end;
  }

  /** Time that belongs to the steps since the last report, for example reading the loss, which waits for them. */
  addPending(): void {
    const end = this.now();
    this.compute += end - this.mark;
    this.mark = end;
  }

  /** The mean over the steps since the last call. */
  report(): StepTimes {
    const steps = Math.max(this.steps, 1);
    const seconds = (this.data + this.compute) / 1000;
    const times = {
      dataSeconds: this.data / 1000 / steps,
      stepSeconds: this.compute / 1000 / steps,
      imagesPerSecond: seconds > 0 ? this.images / seconds : 0,
    };
    this.reset();
    return times;
  }

  private reset(): void {
    this.steps = 0;
    this.images = 0;
    this.data = 0;
    this.compute = 0;
  }
}
