/** The optimizer of a configuration in a phrase, for reports and protocols. */
import type { Config } from './config.ts';

function describeSchedule({ schedule }: Config['optimizer']): string {
  switch (schedule.name) {
    case 'cosine':
      return schedule.end > 0 ? `half a cosine to ${schedule.end}` : 'half a cosine to 0';
    case 'poly':
      return `poly ${schedule.power}`;
    case 'step':
      return `×${schedule.factor} at epochs ${schedule.milestones.join(', ')}`;
    case 'constant':
      return 'constant';
  }
}

export function describeOptimizer({ optimizer }: Pick<Config, 'optimizer'>): string {
  const { learningRate, ratePerImages, momentum, nesterov, weightDecay, decayNorms } = optimizer;
  const { warmUpEpochs, clipNorm } = optimizer;
  return [
    `SGD with ${nesterov ? 'Nesterov ' : ''}momentum ${momentum}`,
    `learning rate ${learningRate}${ratePerImages === null ? '' : ` per ${ratePerImages} images`}, ${describeSchedule(optimizer)}`,
    ...(warmUpEpochs === 0 ? [] : [`${warmUpEpochs} epochs of warm-up`]),
    `weight decay ${weightDecay}${decayNorms ? ' on all weights' : ' on kernels'}`,
    ...(clipNorm === null ? [] : [`gradients clipped at ${clipNorm}`]),
  ].join(', ');
}
