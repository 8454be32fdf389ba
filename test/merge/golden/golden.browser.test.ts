import { afterAll, describe, expect, it } from 'vitest';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { excessOf, loadGolden } from './golden-cases.ts';
import { runnersOf } from './golden-runners.ts';

const golden = await loadGolden();
const executor = golden === null ? null : await sharedGpu();

describe.skipIf(golden === null)('merge golden vectors in WGSL (needs ../shared/golden)', () => {
  afterAll(() => {
    executor?.destroy();
  });
  for (const [method, run] of golden === null ? [] : runnersOf(golden)) {
    const cases = golden?.cases.filter((candidate) => candidate.method === method) ?? [];
    it(`has cases of ${method}`, () => {
      expect(cases.length).toBeGreaterThan(0);
    });
    it.each(cases.map((item) => [item.id, item] as const))('%s', async (_, item) => {
      if (golden === null || executor === null) throw new Error('unreachable');
      const { compared, worst, where } = excessOf(golden, item, await run(executor, golden, item));
      expect(compared).toBeGreaterThan(0);
      expect(worst, where).toBeLessThanOrEqual(0);
      expect(executor.memory().liveBytes).toBe(0);
    });
  }
});
