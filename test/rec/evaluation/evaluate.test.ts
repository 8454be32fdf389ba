import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkBeamSearch } from '../../support/models/beam-search.ts';

describe('beam search on the CPU executor', () => {
  it.each([64, 20])('ranks as brute force does, width %d', async (width) => {
    const executor = createCpuExecutor();
    await checkBeamSearch(executor, width);
    expect(executor.memory().liveBytes).toBe(0);
  });
});
