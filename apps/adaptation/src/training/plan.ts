/** What the configured method does in a run. */
import {
  adaBn,
  afn,
  cdan,
  coral,
  dan,
  dann,
  dsbn,
  jan,
  mcc,
  mdd,
  shot,
  singleStage,
  sourceOnly,
  tent,
  transNorm,
  type AdaptationPlan,
  type DannOptions,
} from '@plumbline/adaptation';
import type { Config } from '../config/config.ts';
import type { MethodConfig } from '../config/method-config.ts';

/** Options of every method with a domain discriminator. */
type Adversarial = Extract<MethodConfig, { hidden: number }>;

const adversary = (options: Adversarial): Pick<DannOptions, 'discriminator' | 'reversal'> => ({
  discriminator: {
    hiddenWidth: options.hidden,
    dropout: options.discriminatorDropout,
    batchNorm: options.discriminatorBatchNorm,
  },
  reversal: { steps: options.reversalSteps, high: options.reversalMaximum },
});

/** @throws if the method needs more steps than `train.steps`. */
export function buildPlan({ method, train: { steps } }: Pick<Config, 'method' | 'train'>): AdaptationPlan {
  switch (method.name) {
    case 'source-only':
      return singleStage(sourceOnly(method), steps);
    case 'dann':
      return singleStage(dann({ ...adversary(method), weight: method.weight }), steps);
    case 'cdan':
      return singleStage(cdan({ ...method, ...adversary(method) }), steps);
    case 'dan':
      return singleStage(dan(method), steps);
    case 'jan':
      return singleStage(jan(method), steps);
    case 'coral':
      return singleStage(coral(method), steps);
    case 'mdd': {
      const { weight, margin, width, reversalSteps, reversalMaximum } = method;
      const reversal = { steps: reversalSteps, high: reversalMaximum };
      return singleStage(mdd({ weight, margin, reversal, adversary: { hiddenWidth: width } }), steps);
    }
    case 'mcc':
      return singleStage(mcc(method), steps);
    case 'afn':
      return singleStage(afn(method), steps);
    case 'shot':
      return shot(method, { steps });
    case 'adabn': {
      const training = sourceOnly(method);
      return adaBn({ training, method: method.statistics }, { steps });
    }
    case 'dsbn': {
      const training = dann(adversary(method));
      return dsbn({ training, firstShare: 1 - method.selfTrainingShare }, { steps });
    }
    case 'transnorm':
      return transNorm({ training: dann({ ...adversary(method), weight: method.weight }) }, { steps });
    case 'tent': {
      const { optimizer, learningRate, episodic } = method;
      const mode = episodic ? 'episodic' : 'continual';
      return tent({ training: sourceOnly(method), optimizer, learningRate, mode }, { steps });
    }
  }
}
