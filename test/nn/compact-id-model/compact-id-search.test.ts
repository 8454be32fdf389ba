import { describe, expect, it } from 'vitest';
import { CpuExecutor, createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { CONFIG, FORMS, ITEMS, spreadArena } from '../../support/models/compact-ids.ts';
import { checkSearch, IDS, LENGTHS, search } from '../../support/models/compact-search.ts';

describe('beam search over compact ids', () => {
  it.each(FORMS)('%j: scores are log-probabilities of all items', async (form) => {
    await checkSearch(createCpuExecutor(), { ...CONFIG, ...form });
  });

  it.each(FORMS)('%j: the same in WebAssembly', (form) =>
    withWasm({ threads: 2 }, (executor) => checkSearch(executor, { ...CONFIG, ...form })),
  );

  it('finds the level by its rows where they start at no binding boundary', async () => {
    await checkSearch(createCpuExecutor(), { ...CONFIG, trieLoss: false, width: 12 });
  });

  it.each([
    [{ ids: IDS.with(3, ITEMS + 1) }, /beyond its 23/],
    [{ lengths: LENGTHS.with(0, 0) }, /1 to 6 positions/],
    [{ lengths: LENGTHS.with(0, 7) }, /1 to 6 positions/],
    [{ lengths: LENGTHS.slice(1) }, /3 histories/],
    [{ ids: IDS.slice(1) }, /3 histories/],
  ])('refuses %j', async (changes, message) => {
    const executor = createCpuExecutor();
    const found = search(executor, CONFIG, spreadArena(CONFIG), 5, changes);
    await expect(found).rejects.toThrow(message);
    expect(executor.memory().liveBytes).toBe(0);
  });

  it.each([0, 65])('refuses %i beams', async (beam) => {
    const executor = new CpuExecutor('f32');
    const found = search(executor, CONFIG, spreadArena(CONFIG), beam);
    await expect(found).rejects.toThrow(/1 to 64 beams/);
    expect(executor.memory().liveBytes).toBe(0);
  });
});
