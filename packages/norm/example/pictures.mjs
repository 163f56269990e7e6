// Pictures of rings and crosses, drawn in code: any size, place and brightness, on a noisy ground.

import * as tf from '@tensorflow/tfjs';

const SIZE = 24;

/** The minimal standard generator of Park and Miller: numbers in (0, 1), the same for the same seed. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Whether (dx, dy) from the middle of a shape lies on its line. */
const isOnRing = (dx, dy, radius) => Math.abs(Math.hypot(dx, dy) - radius) < 1;
const isOnCross = (dx, dy, radius) =>
  Math.abs(Math.abs(dx) - Math.abs(dy)) < 1.2 && Math.hypot(dx, dy) <= radius + 1;

function drawPicture(random, isOnShape) {
  const radius = 4 + 4 * random();
  const [x0, y0] = [
    radius + 1 + (SIZE - 2 * radius - 3) * random(),
    radius + 1 + (SIZE - 2 * radius - 3) * random(),
  ];
  const brightness = 0.5 + 0.5 * random();
  return Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [dx, dy] = [(i % SIZE) - x0, Math.floor(i / SIZE) - y0];
    return (isOnShape(dx, dy, radius) ? brightness : 0) + 0.2 * random();
  });
}

/** `count` pictures [count, 24, 24, 1], rings and crosses in turn, and their classes [count, 2]. */
export function drawPictures(count, seed) {
  const random = randomNumbers(seed);
  const classes = Array.from({ length: count }, (_, i) => i % 2);
  const pixels = classes.map((index) => drawPicture(random, index === 0 ? isOnRing : isOnCross));
  return {
    images: tf.tensor(pixels.flat(), [count, SIZE, SIZE, 1]),
    labels: tf.tensor(classes.map((index) => (index === 0 ? [1, 0] : [0, 1]))),
  };
}
