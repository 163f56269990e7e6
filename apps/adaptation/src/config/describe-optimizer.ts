/** The optimizer of a configuration in a phrase, for reports and protocols. */
import type { Config } from './config.ts';

export function describeOptimizer({ optimizer }: Pick<Config, 'optimizer'>): string {
  const { learningRate, gamma, power, backboneScale, momentum, backboneMomentum, nesterov } = optimizer;
  const ofBackbone = backboneMomentum === null ? '' : ` (backbone ${backboneMomentum})`;
  return [
    `SGD with ${nesterov ? 'Nesterov ' : ''}momentum ${momentum}${ofBackbone}`,
    `learning rate ${learningRate} × (1 + ${gamma} · step)^−${power} (backbone ×${backboneScale})`,
    `weight decay ${optimizer.weightDecay}`,
    ...(optimizer.clipNorm === null ? [] : [`gradients clipped at ${optimizer.clipNorm}`]),
  ].join(', ');
}
