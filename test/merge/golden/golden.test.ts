import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { excessOf, loadGolden } from './golden-cases.ts';
import { runnersOf } from './golden-runners.ts';

const golden = await loadGolden();

describe.skipIf(golden === null)('merge golden vectors on the CPU (needs ../shared/golden)', () => {
  const executor = createCpuExecutor();

  it('are run for every method of the file', () => {
    if (golden === null) throw new Error('unreachable: the suite is skipped');
    const methods = new Set(golden.cases.map(({ method }) => method));
    expect([...runnersOf(golden).keys()].sort()).toEqual([...methods].sort());
  });

  for (const [method, run] of golden === null ? [] : runnersOf(golden)) {
    const cases = golden?.cases.filter((candidate) => candidate.method === method) ?? [];
    it(`has cases of ${method}`, () => {
      expect(cases.length).toBeGreaterThan(0);
    });
    it.each(named(cases))('%s', async (_, item) => {
      if (golden === null) throw new Error('unreachable: the suite is skipped');
      const { compared, worst, where } = excessOf(golden, item, await run(executor, golden, item));
      expect(compared).toBeGreaterThan(0);
      expect(worst, where).toBeLessThanOrEqual(0);
    });
  }
});

function named<T extends { readonly id: string }>(items: readonly T[]): (readonly [string, T])[] {
  return items.map((item) => [item.id, item] as const);
}
