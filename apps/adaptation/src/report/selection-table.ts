/** Last, chosen without target labels, oracle: the accuracies of a run and what each choice knew. */
import { VALIDATORS } from '@plumbline/adaptation';
import { html, percent, type Html } from '@plumbline/training';
import type { RunSummary } from '../results/run-summary.ts';

interface Row {
  name: string;
  step: number;
  accuracy: number;
  knows: string;
  isOracle?: boolean;
}

function rowsOf({ step, last, before, chosen, oracle }: RunSummary): Row[] {
  return [
    ...(before === null
      ? []
      : [{ name: 'last step, before adapting at the end', step, accuracy: before, knows: 'nothing' }]),
    { name: 'last step', step, accuracy: last, knows: 'nothing' },
    ...VALIDATORS.flatMap(({ name, label }) => {
      const choice = chosen[name];
      const knows = name === 'sourceAccuracy' ? 'source labels' : knowledge(name);
      return choice === undefined ? [] : [{ name: label, ...choice, knows }];
    }),
    { name: 'oracle: chosen with the target’s labels', ...oracle, knows: 'target labels', isOracle: true },
  ];
}

const knowledge = (name: string): string =>
  name === 'iwcv' || name === 'dev' ? 'source labels, target images' : 'target images';

/** In points of percent, with its sign. */
const points = (difference: number): string => {
  const rounded = (100 * difference).toFixed(1);
  return Number(rounded) === 0 ? '0.0' : `${difference > 0 ? '+' : '−'}${rounded.replace('-', '')}`;
};

export const selectionTable = (summary: RunSummary): Html =>
  html`<table class="comparison">
    <thead>
      <tr>
        <th scope="col">choice</th>
        <th scope="col">step</th>
        <th scope="col">target accuracy</th>
        <th scope="col">against last</th>
        <th scope="col">knows</th>
      </tr>
    </thead>
    <tbody>
      ${rowsOf(summary).map(
        ({ name, step, accuracy, knows, isOracle = false }) =>
          html`<tr${isOracle && html` class="oracle"`}>
            <th scope="row">${name}</th>
            <td>${step}</td>
            <td>${percent(accuracy)}</td>
            <td>${points(accuracy - summary.last)}</td>
            <td>${knows}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
