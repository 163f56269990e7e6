/** Methods as the command line names them: every one there is, and variants that the literature has names for. */
import type { DomainBatching } from '@plumbline/adaptation';
import type { MethodConfig, MethodName } from './method-config.ts';
import { methodSchema } from './method-config.ts';

interface Variant {
  /** The section `method`, as far as it makes the variant. */
  readonly method: Readonly<Record<string, unknown>> & { readonly name: MethodName };
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  'cdan+e': { method: { name: 'cdan', entropyConditioning: true } },
  'cdan-randomized': { method: { name: 'cdan', randomized: true } },
  'dan-linear': { method: { name: 'dan', estimator: 'linear' } },
  'jan-linear': { method: { name: 'jan', estimator: 'linear' } },
  hafn: { method: { name: 'afn', form: 'hafn' } },
  safn: { method: { name: 'afn', form: 'safn' } },
  'safn+ent': { method: { name: 'afn', form: 'safn', entropyWeight: 0.1 } },
  'shot-im': { method: { name: 'shot', pseudoLabels: false } },
  'adabn-one-pass': { method: { name: 'adabn', statistics: 'one-pass' } },
  'adabn-moving-average': { method: { name: 'adabn', statistics: 'moving-average' } },
  'tent-episodic': { method: { name: 'tent', episodic: true } },
};

/** What the others are measured against. */
export const SOURCE_ONLY = 'source-only';

const sections = new Map(
  methodSchema.options.map((section) => [section.shape.name.value, section.shape] as const),
);

/** What `--methods` takes. */
export const METHODS: readonly string[] = [
  ...new Set<string>([...sections.keys(), ...Object.keys(VARIANTS)]),
];

/** Of a sweep whose methods are not named: one of each kind. */
export const USUAL_METHODS: readonly string[] = [
  ...[SOURCE_ONLY, 'dann', 'cdan', 'cdan+e', 'dan', 'jan', 'coral', 'mdd', 'mcc', 'hafn', 'safn', 'safn+ent'],
  ...['shot', 'adabn', 'dsbn', 'transnorm', 'tent'],
];

function isMethodName(name: string): name is MethodName {
  return sections.has(name as MethodName);
}

/** @throws with one sentence if there is no such method. */
function variantOf(label: string): Variant {
  const variant = Object.hasOwn(VARIANTS, label) ? VARIANTS[label] : undefined;
  if (variant !== undefined) return variant;
  if (isMethodName(label)) return { method: { name: label } };
  throw new Error(`There is no method "${label}": use ${METHODS.join(', ')}.`);
}

/** Whether a method has an option of that name. */
export const knows = (label: string, option: string): boolean =>
  Object.hasOwn(sections.get(variantOf(label).method.name) ?? {}, option);

/**
 * The section `method` of a label as an assignment of `--set`. What the base configuration says about its own method holds for
 * every method that has the option too, such as the width of a discriminator.
 *
 * @param base the section of the base configuration.
 */
export function methodAssignment(label: string, base: MethodConfig): string {
  const { method } = variantOf(label);
  const defaults: Readonly<Record<string, unknown>> = methodSchema.parse({ name: base.name });
  const shared = Object.entries(base).filter(
    ([option, value]) =>
      option !== 'name' &&
      knows(label, option) &&
      // A weight means something else in every loss.
      (option !== 'weight' || base.name === method.name) &&
      JSON.stringify(value) !== JSON.stringify(defaults[option]),
  );
  return `method=${JSON.stringify({ ...Object.fromEntries(shared), ...method })}`;
}

/** The batching of the grid, but for `dsbn`, which cannot have both domains in one batch: `joint` becomes `split`. */
export const batchingFor = (label: string, batching: DomainBatching): DomainBatching =>
  variantOf(label).method.name === 'dsbn' && batching === 'joint' ? 'split' : batching;
