import { join } from 'node:path';
import type { FileSize } from './model-shapes.ts';

/** What is measured; times stand beside those of the copy with as many inputs. */
export interface FileCase {
  /** "TIES x 3" */
  readonly name: string;
  readonly engine: 'copy' | 'ours' | 'numpy' | 'torch';
  /** Checkpoints that are read; where a method has a base, it is one of them. */
  readonly inputs: number;
  /** For ours the lines of a recipe that name the method, for peers its name there. */
  readonly method: string;
}

/** Folders of the checkpoints, the base first. */
export const MODELS = ['base', 'one', 'two'] as const;

const ours = (name: string, inputs: number, method: string): FileCase => ({
  ...{ name: `${name} x ${inputs}`, engine: 'ours', inputs, method },
});
const copy = (inputs: number): FileCase => ({
  ...{ name: `copy x ${inputs}`, engine: 'copy', inputs, method: '' },
});
const peer = (engine: 'numpy' | 'torch', name: string, inputs: number, method: string) => ({
  ...ours(name, inputs, method),
  engine,
});

const LINEAR = ours('linear', 2, 'merge_method: linear\nparameters: { weight: 0.5 }');
const TASK_ARITHMETIC = ours(
  'task arithmetic',
  3,
  'merge_method: task_arithmetic\nparameters: { weight: 0.7 }',
);
const TIES = ours('TIES', 3, 'merge_method: ties\nparameters: { weight: 0.7, density: 0.2 }');

const ALL: readonly FileCase[] = [
  copy(2),
  copy(3),
  LINEAR,
  TASK_ARITHMETIC,
  TIES,
  ours('DARE', 3, 'merge_method: dare_linear\nparameters: { weight: 0.7, density: 0.5 }'),
  ours('SLERP', 2, 'merge_method: slerp\nparameters: { t: 0.4 }'),
  ours('model stock', 3, 'merge_method: model_stock'),
  ours(
    'breadcrumbs',
    3,
    'merge_method: breadcrumbs\nparameters: { weight: 0.7, density: 0.8, gamma: 0.05 }',
  ),
  peer('numpy', 'linear', 2, 'linear'),
  peer('numpy', 'task arithmetic', 3, 'task_arithmetic'),
  peer('torch', 'linear', 2, 'linear'),
  peer('torch', 'task arithmetic', 3, 'task_arithmetic'),
  peer('torch', 'TIES', 3, 'ties'),
];

/** Of the large size only what the memory has to hold out: a result of 8 GB is written each time. */
const LARGE: readonly FileCase[] = [copy(3), TASK_ARITHMETIC, TIES];

/** Cases whose name contains the filter, and the copies that they are held against. */
export function casesOf(size: FileSize, filter: string): readonly FileCase[] {
  const all = size === 'large' ? LARGE : ALL;
  const chosen = all.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const inputs = new Set(chosen.map((one) => one.inputs));
  return all.filter(
    (one) => chosen.includes(one) || (one.engine === 'copy' && inputs.has(one.inputs)),
  );
}

/** A recipe of ours; methods of two models alone take the base as the first of them. */
export function recipeOf({ method, inputs }: FileCase, folder: string): string {
  const paths = MODELS.slice(0, inputs).map((name) => join(folder, name));
  const [base = '', ...others] = paths;
  const isFlat = /^merge_method: linear$/m.test(method);
  const models = isFlat || /^merge_method: slerp$/m.test(method) ? paths : others;
  const list = models.map((path) => `  - model: ${JSON.stringify(path)}`);
  const head = isFlat ? [] : [`base_model: ${JSON.stringify(base)}`];
  return [method, ...head, 'models:', ...list, ''].join('\n');
}
