import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Progress, progressLine } from './progress.ts';
import type { TrainRecord } from './train-loop.ts';

const record: TrainRecord = {
  step: 120,
  terms: {},
  totalSteps: 4000,
  loss: 0.81234,
  learningRate: 0.00682,
  dataSeconds: 0.002,
  stepSeconds: 0.512,
  imagesPerSecond: 3.894,
  etaSeconds: 1988,
  rssBytes: 2.1e9,
  peakRssBytes: 2.4e9,
  tensorBytes: 0.6e9,
  tensors: 900,
};

class Terminal extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 40;

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

describe('progress', () => {
  it('says what a person wants to know', () => {
    expect(progressLine(record)).toBe(
      'step  120/4000 (3%)  loss 0.8123  lr 0.00682  data 2 ms  step 512 ms  3.89 images/s  ETA 33m08s  2.1 GB (peak 2.4, tensors 0.6)',
    );
  });

  it('changes one line in place on a terminal, cut to its width', () => {
    const stream = new Terminal(true);
    const progress = new Progress({ stream });
    progress.update(record);
    progress.update({ ...record, step: 121 });
    progress.message('mIoU 0.5');
    const [first, second] = [120, 121].map((step) => progressLine({ ...record, step }).slice(0, 39));
    expect(stream.text).toBe(`\r\x1b[2K${first}\r\x1b[2K${second}\nmIoU 0.5\n`);
  });

  it('writes a line now and then elsewhere, and the last one always', () => {
    let time = 0;
    const stream = new Terminal(false);
    const progress = new Progress({ stream, interval: 30, now: () => time });
    for (const step of [1, 2, 3, 4000]) {
      progress.update({ ...record, step });
      time += 20_000;
    }
    expect(stream.text.match(/step +\d+\/4000/g)).toEqual([
      'step    1/4000',
      'step    3/4000',
      'step 4000/4000',
    ]);
  });

  it('says first which of several runs it is, where it is told', () => {
    const stream = new Terminal(false);
    new Progress({ stream }).update(record, 'run 2 of 3  ');
    expect(stream.text).toBe(`run 2 of 3  ${progressLine(record)}\n`);
  });

  it('counts images in place, and ends the line with the last', () => {
    const stream = new Terminal(true);
    const progress = new Progress({ stream });
    progress.count(1, 2, 'images');
    progress.count(2, 2, 'images');
    expect(stream.text).toBe('\r\x1b[2K1/2 images\r\x1b[2K2/2 images\n');
  });
});
