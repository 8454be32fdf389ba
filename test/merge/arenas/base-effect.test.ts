import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { baseEffect } from '../../../src/merge/arenas/base-effect.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import { arena, excess, fineTuned } from '../suites/arenas.ts';

const cancels = { matters: false, reason: 'base-cancels' };
const hasNone = { matters: false, reason: 'method-has-no-base' };

describe('baseEffect', () => {
  it.each([
    ['linear', {}, hasNone],
    ['velocity', { alpha: 0.3 }, hasNone],
    ['task_arithmetic', { weight: [0.4, 0.6] }, cancels],
    ['task_arithmetic', { weight: [0.1, 0.2] }, { matters: true }],
    ['task_arithmetic', { weight: [0.1, 0.2], normalize: true }, cancels],
    ['task_arithmetic', { weight: [0.5, 0.5], lambda: 0.9 }, { matters: true }],
    ['task_arithmetic', { weight: [0.8, 1.2], lambda: 0.5 }, cancels],
    ['mmgrid_weighted', {}, cancels],
    ['mmgrid_exp_decay', {}, cancels],
    ['ties', { weight: 0.5, density: 1 }, { matters: true }],
    ['ties', { density: 7 }, { matters: true }],
  ])('%s %o', (method, parameters, expected) => {
    expect(baseEffect(method, parameters, 2)).toEqual(expected);
  });

  it('tells the truth for every method at its defaults', async () => {
    const executor = createCpuExecutor();
    const names = ['model.layers.0.w', 'model.layers.1.w', 'model.layers.2.w'];
    const layout = layoutOf(names.map((name) => [{ name, shape: [9, 11] }]));
    const bases = [arena(layout, 1, { steps: 1024 }), arena(layout, 2, { steps: 1024 })];
    const [origin = new Float32Array()] = bases;
    for (const method of MERGE_METHODS.filter(({ needs = [] }) => needs.length === 0)) {
      const { min, max } = method.models;
      const count = Math.min(max, Math.max(2, min));
      // Each leaves some elements as they were, the others not the same ones.
      const models = Array.from({ length: count }, (_, k) =>
        fineTuned(layout, origin, 3 + k).map((value, i) =>
          (i + k) % 3 === 0 ? (origin[i] ?? 0) : value,
        ),
      );
      const [first, second] = await Promise.all(
        bases.map((base) =>
          mergeArenas(executor, layout, { method: method.id, parameters: {}, base, models }),
        ),
      );
      const differs = excess(second ?? [], first ?? []) > 10;
      expect({ id: method.id, matters: baseEffect(method.id, {}, count).matters }).toEqual({
        id: method.id,
        matters: differs,
      });
    }
  });
});
