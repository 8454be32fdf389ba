import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { CompactProbe } from '../../../src/rec/evaluation/compact-probe.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { CONFIG, FORMS, ITEMS, spreadArena, TREE } from '../../support/models/compact-ids.ts';
import { checkProbe, PROBE_SAMPLES, wantedProbe } from '../../support/models/compact-probe.ts';

describe('a probe of compact ids', () => {
  it.each(FORMS)('%j: loss and greedy hits are those of all items', (form) =>
    checkProbe(createCpuExecutor(), { ...CONFIG, ...form }),
  );

  it.each(FORMS)('%j: the same in WebAssembly', (form) =>
    withWasm({ threads: 2 }, (executor) => checkProbe(executor, { ...CONFIG, ...form })),
  );

  it('has hits and misses to tell apart', async () => {
    const found = await wantedProbe(CONFIG, spreadArena(CONFIG));
    expect(found.recall1).toBeGreaterThan(0);
    expect(found.recall1).toBeLessThan(100);
  });

  it('refuses what it cannot measure, and leaves nothing behind', async () => {
    const executor = createCpuExecutor();
    const model = { config: CONFIG, tree: TREE };
    await expect(CompactProbe.create(executor, model, [])).rejects.toThrow('needs users');
    const unknown = [{ user: 0, target: ITEMS, timeMs: 0, history: [] }];
    await expect(CompactProbe.create(executor, model, unknown)).rejects.toThrow('no semantic id');
    const long = [{ user: 0, target: 0, timeMs: 0, history: new Array<number>(20).fill(1) }];
    await expect(CompactProbe.create(executor, model, long)).rejects.toMatchObject({
      code: 'limit-exceeded',
    });
    const probe = await CompactProbe.create(executor, model, PROBE_SAMPLES);
    probe.weights.write(spreadArena(CONFIG).fill(NaN));
    await expect(probe.measure()).rejects.toMatchObject({ code: 'non-finite' });
    probe.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });
});
