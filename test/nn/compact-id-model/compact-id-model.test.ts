import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { compactIdModel } from '../../../src/nn/compact-id-model/compact-id-model.ts';
import {
  BATCH,
  checkLoss,
  CONFIG,
  FORMS,
  ITEMS,
  spreadArena,
  TREE,
} from '../../support/models/compact-ids.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { checkModelDifferences } from '../../support/ops/gradient-bench.ts';

describe('compact semantic ids', () => {
  it.each(FORMS)(
    '%j: the loss is the definition, the gradient that of differences',
    async (form) => {
      const config = { ...CONFIG, ...form };
      await checkLoss(createCpuExecutor(), config);
      await checkModelDifferences(compactIdModel(config, TREE), spreadArena(config), BATCH);
    },
  );

  it.each(FORMS)('%j: the same in WebAssembly', (form) =>
    withWasm({ threads: 2 }, (executor) => checkLoss(executor, { ...CONFIG, ...form })),
  );

  it('refuses items that are not there, and more scored positions than announced', () => {
    const model = compactIdModel(CONFIG, TREE);
    expect(model.countScored(BATCH)).toBe(8);
    const unknown = BATCH.ids.map((id, row) => (row === 2 ? ITEMS + 1 : id));
    expect(() => model.countScored({ ...BATCH, ids: unknown })).toThrow(/beyond its 23/);
    const targets = BATCH.targets.map((target, row) => (row === 2 ? ITEMS : target));
    expect(() => model.countScored({ ...BATCH, targets })).toThrow(/beyond its 23/);
    expect(() => model.countScored({ ...BATCH, scoredLimit: 7 })).toThrow(/8 positions .* of 7/);
    expect(() => model.countScored({ ...BATCH, T: 8 })).toThrow(/lengths/);
  });

  it('refuses a tree that it is not made for', () => {
    expect(() => compactIdModel({ ...CONFIG, nodes: 7 }, TREE)).toThrow(
      /made for 3, 5 and at most 7/,
    );
    expect(() => compactIdModel({ ...CONFIG, codesPerLevel: 6 }, TREE)).toThrow(/3 levels of 5/);
  });
});
