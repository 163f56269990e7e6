import { describe, expect, it } from 'vitest';
import { matrix, type Answers } from '../matrix.ts';
import { centroidPseudoLabels } from './centroid-pseudo-labels.ts';

const answers = (features: number[][], logits: number[][]): Answers => ({
  features: matrix(features.length, features[0]?.length ?? 0, Float32Array.from(features.flat())),
  logits: matrix(logits.length, logits[0]?.length ?? 0, Float32Array.from(logits.flat())),
});

/** Logits of nearly certain predictions. */
const sure = (classes: number[], count: number): number[][] =>
  classes.map((c) => Array.from({ length: count }, (_, k) => (k === c ? 20 : 0)));

describe('centroidPseudoLabels', () => {
  it('gives an image to the class its features belong with, against its prediction', () => {
    // Two directions, [10, 0] and [0, 10]. Image 2 points along the first and is predicted to be of class 1. By hand: the
    // centroids are c_0 = [.995, 0, .0995] and c_1 = ⅓ ([.995, 0, .0995] + 2 · [0, .995, .0995]) = [.332, .663, .0995],
    // and cos(x_2, c_0) = 1, cos(x_2, c_1) = .340 / .748 = .454.
    const features = [
      [10, 0],
      [10, 0],
      [10, 0],
      [0, 10],
      [0, 10],
    ];
    const labels = centroidPseudoLabels(answers(features, sure([0, 0, 1, 1, 1], 2)));
    expect([...labels]).toEqual([0, 0, 0, 1, 1]);
  });

  it('weighs the images of a centroid by their probabilities', () => {
    // Directions in the plane, at these angles. By hand, with p_0 = .881, .525, .269: the centroids lie at 58.7° and 32.9°,
    // so that 42° goes to class 1, though predicted to be of class 0. By hard predictions they would lie at 61° and 20°.
    const features = [80, 42, 20].map((degrees) => [1 / Math.tan((degrees * Math.PI) / 180)]);
    const logits = [
      [2, 0],
      [0.1, 0],
      [0, 1],
    ];
    expect([...centroidPseudoLabels(answers(features, logits))]).toEqual([0, 1, 1]);
  });

  it('takes the second look with hard labels', () => {
    // By hand, with directions at these angles: the centroids of the predictions lie at 33.2° and 60°, so that 48° goes to
    // class 1; those of the labels found then lie at 25.5° and 54°, so that 41° does too.
    const features = [10, 41, 48, 60].map((degrees) => [1 / Math.tan((degrees * Math.PI) / 180)]);
    expect([...centroidPseudoLabels(answers(features, sure([0, 0, 0, 1], 2)))]).toEqual([0, 1, 1, 1]);
  });

  it('has no centroid of a class that nobody is predicted to be of, however near it would be', () => {
    const logits = [
      [5, 4.9, 0],
      [5, 4.9, 0],
      [0, 0, 5],
    ];
    const labels = centroidPseudoLabels(
      answers(
        [
          [1, 0],
          [1, 0.1],
          [0, 1],
        ],
        logits,
      ),
    );
    expect([...labels]).toEqual([0, 0, 2]);
  });

  it('leaves out classes with too few members', () => {
    const features = [
      [10, 0],
      [9, 0],
      [0, 10],
    ];
    expect([...centroidPseudoLabels(answers(features, sure([0, 0, 1], 3)), 2)]).toEqual([0, 0, 0]);
    expect(() => centroidPseudoLabels(answers(features, sure([0, 1, 2], 3)), 2)).toThrow(
      'Pseudo-labels were asked of 3 target images, and no class is predicted for 2 or more of them: ' +
        'give more images, or ask for fewer members of a class.',
    );
  });

  it('loses a class between the two looks without harm', () => {
    // Class 1 is predicted for one image among those of class 0, and its centroid, which all of them share, wins nobody.
    const features = [
      [10, 0],
      [10, 0],
      [10, 0],
    ];
    const labels = centroidPseudoLabels(
      answers(features, [
        [5, 0],
        [5, 0],
        [4, 5],
      ]),
    );
    expect([...labels]).toEqual([0, 0, 0]);
  });

  it('refuses features and logits that are not finite', () => {
    const refusal = (what: string): string =>
      `The target ${what} of image 1 are not finite: the network has diverged; start again with a lower learning rate.`;
    expect(() => centroidPseudoLabels(answers([[1], [NaN]], sure([0, 0], 2)))).toThrow(refusal('features'));
    expect(() => centroidPseudoLabels(answers([[1], [2]], [...sure([0], 2), [0, NaN]]))).toThrow(
      refusal('logits'),
    );
  });
});
