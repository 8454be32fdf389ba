import { describe, it } from 'vitest';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkLoss, CONFIG, FORMS } from '../../support/models/compact-ids.ts';
import { checkSearch } from '../../support/models/compact-search.ts';

describe('compact semantic ids on WebGPU', () => {
  // The first form and the last one run every kernel.
  it.each([FORMS[0], FORMS[3]])('%j: loss, gradients and search of float64', async (form) => {
    await withGpu(async (executor) => {
      await checkLoss(executor, { ...CONFIG, ...form });
      await checkSearch(executor, { ...CONFIG, ...form });
    });
  });
});
