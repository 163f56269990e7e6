import { ConfusionMatrix } from '@plumbline/training';
import { expect, it } from 'vitest';
import { scoreLine, scoreTable } from './score-table.ts';

const matrix = new ConfusionMatrix(3);
matrix.add([0, 0, 0, 2], [0, 0, 2, 2]);
const scores = matrix.summary();

it('has a row for every class, in columns, with dashes for what no pixel defines', () => {
  expect(scoreTable(['background', 'cat', 'tvmonitor'], scores).split('\n')).toEqual([
    'class            IoU  accuracy  true pixels',
    'background    66.7 %    66.7 %            3',
    'cat                –         –            0',
    'tvmonitor     50.0 %   100.0 %            1',
  ]);
});

it('shows boundary scores where they were measured', () => {
  const measured = {
    ...scores,
    boundaryF: 0.5,
    perClassBoundaryF: [1, null, 0.25],
    boundaryTolerance: 0.0075,
    boundaryImages: 1,
  };
  const lines = scoreTable(['background', 'cat', 'tvmonitor'], measured).split('\n');
  expect(lines[0]).toBe('class            IoU  accuracy  boundary F  true pixels');
  expect(lines[2]).toBe('cat                –         –           –            0');
  expect(lines[3]).toBe('tvmonitor     50.0 %   100.0 %      25.0 %            1');
  const nothing = new ConfusionMatrix(3).summary();
  expect(scoreLine({ scores: measured, background: nothing })).toMatch(
    /, boundary F 50\.0 % within 0\.75 % of the diagonal$/,
  );
});

it('puts the score beside that of answering "background" everywhere', () => {
  const nothing = new ConfusionMatrix(3).summary();
  expect(scoreLine({ scores, background: nothing })).toBe(
    'mIoU 58.3 %, pixel accuracy 75.0 % (background everywhere: –, –)',
  );
});
