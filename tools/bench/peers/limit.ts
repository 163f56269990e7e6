/** The machine's limit: a matrix product in place of a step, and what the case's network costs by definition. */
import { setInputChecks } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';
import { MATRIX_SIDE } from '../limit.ts';
import { networkOf } from './plumbline.ts';
import { timed, type Role } from './serve.ts';
import { about, forwardFlop, settle } from './tensorflow.ts';

/** Its `flop` is that of a training step: each gradient of a convolution, of its input and of its kernel, costs what it does. */
export const limit: Role = (of) => {
  setInputChecks('never');
  const model = networkOf(of);
  const flop = (of.task === 'training' ? 3 : 1) * forwardFlop(model, of);
  model.dispose();
  const side = [MATRIX_SIDE, MATRIX_SIDE] as [number, number];
  const [a, b] = [tf.randomNormal(side), tf.randomNormal(side)];
  return Promise.resolve({
    about: about(),
    parameters: null,
    flop,
    run: timed(() => {
      tf.tidy(() => {
        settle(tf.matMul(a, b));
      });
    }),
    problem: () => null,
  });
};
