/** The section `loss` of the configuration in one line. */
import type { Config } from './config.ts';

/** `0.5 × cross-entropy + Dice; class weights enet; label smoothing 0.1; hardest 25 % of the pixels, after 1000 steps`. */
export function describeLoss(loss: Config['loss']): string {
  const {
    crossEntropy,
    focal,
    dice,
    lovasz,
    focalGamma,
    labelSmoothing,
    classWeights,
    hardPixels,
    auxiliary,
  } = loss;
  const terms: [number, string][] = [
    [crossEntropy, 'cross-entropy'],
    [focal, `focal loss (gamma ${focalGamma})`],
    [dice, 'Dice'],
    [lovasz, 'Lovász-softmax'],
  ];
  const { share, rampSteps, threshold } = hardPixels;
  const hardest =
    `hardest ${Number((100 * share).toPrecision(3))} % of the pixels` +
    (threshold === null ? '' : ` and all below probability ${threshold}`) +
    (rampSteps === 0 ? '' : `, after ${rampSteps} steps`);
  return [
    terms
      .filter(([factor]) => factor > 0)
      .map(([factor, name]) => (factor === 1 ? name : `${factor} × ${name}`))
      .join(' + '),
    ...(classWeights === 'none'
      ? []
      : [`class weights ${typeof classWeights === 'string' ? classWeights : 'as listed'}`]),
    ...(labelSmoothing === 0 ? [] : [`label smoothing ${labelSmoothing}`]),
    ...(share === 1 ? [] : [hardest]),
    ...(auxiliary === 0 ? [] : [`plus ${auxiliary} × the same of an auxiliary head`]),
  ].join('; ');
}
