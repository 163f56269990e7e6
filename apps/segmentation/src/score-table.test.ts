import { ConfusionMatrix } from '@plumbline/training';
import { expect, it } from 'vitest';
import { scoreLine, scoreTable } from './score-table.ts';

const matrix = new ConfusionMatrix(3);
matrix.add([0, 0, 0, 2], [0, 0, 2, 2]);
const scores = matrix.summary();

it('has a row for every class that occurs, in columns', () => {
  expect(scoreTable(['background', 'cat', 'tvmonitor'], scores).split('\n')).toEqual([
    'class            IoU  accuracy',
    'background    66.7 %    66.7 %',
    'tvmonitor     50.0 %   100.0 %',
  ]);
});

it('puts the score beside that of answering "background" everywhere', () => {
  const nothing = new ConfusionMatrix(3).summary();
  expect(scoreLine({ scores, background: nothing })).toBe(
    'mIoU 58.3 %, pixel accuracy 75.0 % (background everywhere: –, –)',
  );
});
