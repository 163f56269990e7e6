import { describe, expect, it } from 'vitest';
import { countProgress } from './data-progress.ts';

describe('countProgress', () => {
  it('says how much is done and how long it will take, now and then', () => {
    let time = 0;
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) > 0 } as unknown as NodeJS.WritableStream;
    const progress = countProgress('images', { stream, now: () => time });
    for (let done = 1; done <= 30; done++) {
      time += 1000;
      progress(done, 30);
    }
    expect(lines).toEqual([
      '10/30 images (33 %), 20 s left\n',
      '20/30 images (66 %), 10 s left\n',
      '30/30 images (100 %), in 30.0 s\n',
    ]);
  });
});
