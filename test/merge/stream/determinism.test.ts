import { expect, it } from 'vitest';
import { openWasm } from '../../support/machine/wasm.ts';
import { merged } from './checkpoints.ts';
import { modelFiles } from './model-files.ts';

const MODELS = { base: modelFiles(1), a: modelFiles(2), b: modelFiles(3) };
const HEAD = 'base_model: base\nmodels: [{ model: a }, { model: b }]';

/** D4 of the determinism contract; cuts inside of tensors are tested beside the ranges. */
it.each([
  // A tensor at a time, some, and all.
  [
    'task_arithmetic',
    `merge_method: task_arithmetic\n${HEAD}\nparameters: { weight: 0.5 }`,
    [700, 3000, 2 ** 30],
  ],
  [
    'ties',
    `merge_method: ties\n${HEAD}\nparameters: { weight: 1, density: 0.5 }`,
    [20_000, 2 ** 30],
  ],
])(
  'D4: the same merge has the same bytes, however much is in memory: %s',
  async (_, recipe, budgets) => {
    const executor = await openWasm();
    const { output } = await merged(recipe, MODELS, { executor });
    expect([...output.files.keys()].some((name) => name.endsWith('.safetensors'))).toBe(true);
    for (const budgetBytes of [...budgets, ...budgets]) {
      const again = await merged(recipe, MODELS, { executor, budgetBytes });
      expect(again.output.files).toEqual(output.files);
    }
    const other = await merged(recipe, { ...MODELS, b: modelFiles(4) }, { executor });
    expect(other.output.files).not.toEqual(output.files);
    executor.destroy();
  },
);
